using Amazon.S3;
using Amazon.S3.Model;
using ArchiveService.Attachments;
using ArchiveService.Testing;
using static ArchiveService.AppTests.Attachments.Store;
using S3Bucket = ArchiveService.Testing.S3Bucket;

namespace ArchiveService.AppTests.Attachments;

public sealed class Destroying_in_S3
{
    [S3Fact]
    public async Task removes_every_version_and_every_delete_marker()
    {
        await using var bucket = await (await S3Server.Running).NewBucket(versioned: true);
        using var store = new S3Store(bucket.Settings);
        foreach (var text in new[] { "first", "second" })
            await bucket.Put(Key(1), text);
        await bucket.Client.DeleteObjectAsync(bucket.Name, Key(1));
        await bucket.Put(Key(1), "third");
        await bucket.Client.DeleteObjectAsync(bucket.Name, Key(1));
        await bucket.Put(Key(2), "another");
        Assert.Equal(6, (await bucket.Versions()).Count);

        var destroyed = await store.DestroyEverything(Key(1), default);

        Assert.Equal((3, 2, 0), (destroyed.Versions.Count, destroyed.DeleteMarkers.Count, destroyed.UnfinishedUploads.Count));
        Assert.Equal(Key(2), Assert.Single(await bucket.Versions()).Key);
    }

    [S3Fact]
    public async Task removes_what_was_written_before_versioning_was_turned_on()
    {
        await using var bucket = await (await S3Server.Running).NewBucket();
        using var store = new S3Store(bucket.Settings);
        await bucket.Put(Key(1), "before");
        await bucket.Client.PutBucketVersioningAsync(new PutBucketVersioningRequest
        {
            BucketName = bucket.Name,
            VersioningConfig = new S3BucketVersioningConfig { Status = VersionStatus.Enabled },
        });
        await bucket.Put(Key(1), "after");

        Assert.True(await store.Remains(Key(1), default) >= 2);
        Assert.Equal(2, (await store.DestroyEverything(Key(1), default)).Versions.Count);

        Assert.Empty(await bucket.Versions());
    }

    [S3Fact]
    public async Task goes_on_past_the_first_page_of_versions()
    {
        await using var bucket = await (await S3Server.Running).NewBucket(versioned: true);
        using var store = new S3Store(bucket.Settings);
        await Parallel.ForAsync(0, 1_010, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) => await bucket.Put(Key(1), $"{i}"));

        Assert.Equal(1_010, (await store.DestroyEverything(Key(1), default)).Versions.Count);

        Assert.Empty(await bucket.Versions());
    }

    [S3Fact]
    public async Task aborts_uploads_that_were_never_finished()
    {
        await using var bucket = await (await S3Server.Running).NewBucket();
        using var store = new S3Store(bucket.Settings);
        var upload = (await bucket.Client.InitiateMultipartUploadAsync(bucket.Name, Key(1))).UploadId;
        await bucket.Client.UploadPartAsync(new UploadPartRequest
        {
            BucketName = bucket.Name,
            Key = Key(1),
            UploadId = upload,
            PartNumber = 1,
            InputStream = new MemoryStream(new byte[100]),
            UseChunkEncoding = false,
        });
        await bucket.Client.InitiateMultipartUploadAsync(bucket.Name, Key(2));

        Assert.Equal(1, await store.Remains(Key(1), default));
        Assert.Equal([upload], (await store.DestroyEverything(Key(1), default)).UnfinishedUploads);
        Assert.Equal(0, await store.Remains(Key(1), default));

        Assert.Empty(await bucket.Uploads(Key(1)));
        Assert.Single(await bucket.Uploads(Key(2)));
    }

    [S3Fact]
    public async Task never_says_done_of_an_object_that_is_locked()
    {
        await using var bucket = await (await S3Server.Running).NewBucket(objectLock: true);
        using var store = new S3Store(bucket.Settings);
        await bucket.Put(Key(1), "held");
        await bucket.Client.PutObjectLegalHoldAsync(new PutObjectLegalHoldRequest
        {
            BucketName = bucket.Name,
            Key = Key(1),
            LegalHold = new ObjectLockLegalHold { Status = ObjectLockLegalHoldStatus.On },
        });

        Assert.Equal(Key(1), (await Assert.ThrowsAsync<ObjectNotDestroyed>(() => store.DestroyEverything(Key(1), default))).Key);

        Assert.Single(await bucket.Versions());
        await bucket.Client.PutObjectLegalHoldAsync(new PutObjectLegalHoldRequest
        {
            BucketName = bucket.Name,
            Key = Key(1),
            LegalHold = new ObjectLockLegalHold { Status = ObjectLockLegalHoldStatus.Off },
        });
        Assert.Single((await store.DestroyEverything(Key(1), default)).Versions);
    }

    [S3Fact]
    public async Task is_not_done_where_the_whole_bucket_is_gone()
    {
        await using var bucket = await (await S3Server.Running).NewBucket(create: false);
        using var store = new S3Store(bucket.Settings);

        foreach (var operation in new Func<Task>[]
        {
            () => store.DestroyEverything(Key(1), default),
            () => store.Length(Key(1), default),
            () => store.Read(Key(1), 0, null, default),
            () => store.Put(Key(1), new MemoryStream([1]), null, default),
        })
        {
            var said = await Assert.ThrowsAsync<ObjectStoreUnavailable>(operation);
            Assert.False(said.Retryable);
            Assert.Contains("the bucket does not exist", said.Message, StringComparison.Ordinal);
        }
    }
}

public sealed class The_S3_store_at_start
{
    [S3Fact]
    public async Task creates_its_bucket()
    {
        await using var bucket = await (await S3Server.Running).NewBucket(create: false);
        using var store = new S3Store(bucket.Settings);

        await store.Probe(default);

        await store.Put(Key(1), new MemoryStream([1]), null, default);
        Assert.Equal(Key(1), Assert.Single(await bucket.Versions()).Key);
    }

    [S3Fact]
    public async Task creates_its_bucket_where_the_server_knows_no_such_region()
    {
        await using var bucket = await (await S3Server.Running).NewBucket(create: false);
        using var store = new S3Store(bucket.Settings with { Region = "eu-north-1" });

        await store.Probe(default);

        Assert.Empty(await bucket.Versions());
    }

    [S3Fact]
    public async Task leaves_nothing_of_its_probe_in_a_versioned_bucket()
    {
        await using var bucket = await (await S3Server.Running).NewBucket(versioned: true);
        using var store = new S3Store(bucket.Settings);

        await store.Probe(default);

        Assert.Empty(await bucket.Versions());
    }

    [S3Fact]
    public async Task refuses_a_wrong_secret()
    {
        await using var bucket = await (await S3Server.Running).NewBucket();

        Assert.Contains("the access key or the secret key is wrong", await Refusal(bucket.Settings with { SecretKey = "another-secret" }), StringComparison.Ordinal);
    }

    [S3StrangerFact]
    public async Task refuses_another_owners_bucket()
    {
        var server = await S3Server.Running;
        var stranger = server.Stranger!;
        await using var bucket = await server.NewBucket();

        Assert.Contains("may not", await Refusal(Of(bucket, stranger)), StringComparison.Ordinal);
    }

    [S3StrangerTheory]
    [InlineData("cannot be written to", "s3:PutObject")]
    [InlineData("cannot be read", "s3:GetObject")]
    [InlineData("cannot be destroyed in", "s3:DeleteObject", "s3:DeleteObjectVersion")]
    [InlineData("cannot be destroyed in", "s3:ListBucketVersions")]
    public async Task refuses_a_bucket_in_which_a_right_is_missing(string because, params string[] denied)
    {
        var server = await S3Server.Running;
        var stranger = server.Stranger!;
        await using var bucket = await server.NewBucket();
        await Allow(bucket, stranger);
        using (var allowed = new S3Store(Of(bucket, stranger)))
            await allowed.Probe(default);
        await Allow(bucket, stranger, denied);

        var said = await Refusal(Of(bucket, stranger));

        Assert.Contains(because, said, StringComparison.Ordinal);
        Assert.Contains(bucket.Name, said, StringComparison.Ordinal);
    }

    [S3Fact]
    public async Task refuses_a_bucket_that_keeps_everything_for_a_day()
    {
        await using var bucket = await (await S3Server.Running).NewBucket(objectLock: true);
        await bucket.Client.PutObjectLockConfigurationAsync(new PutObjectLockConfigurationRequest
        {
            BucketName = bucket.Name,
            ObjectLockConfiguration = new ObjectLockConfiguration
            {
                ObjectLockEnabled = ObjectLockEnabled.Enabled,
                Rule = new ObjectLockRule { DefaultRetention = new DefaultRetention { Mode = ObjectLockRetentionMode.Governance, Days = 1 } },
            },
        });

        Assert.Contains("cannot be destroyed in", await Refusal(bucket.Settings), StringComparison.Ordinal);
    }

    private static async Task<string> Refusal(S3Settings settings)
    {
        using var store = new S3Store(settings);
        var said = await Assert.ThrowsAsync<ObjectStoreUnavailable>(() => store.Probe(default));
        Assert.False(said.Retryable, said.Message);
        Assert.DoesNotContain(settings.SecretKey, said.ToString(), StringComparison.Ordinal);
        return said.Message;
    }

    private static S3Settings Of(S3Bucket bucket, S3Stranger stranger) =>
        bucket.Settings with { AccessKey = stranger.AccessKey, SecretKey = stranger.SecretKey };

    private static async Task Allow(S3Bucket bucket, S3Stranger stranger, params string[] denied)
    {
        var resources = $"""["arn:aws:s3:::{bucket.Name}", "arn:aws:s3:::{bucket.Name}/*"]""";
        var principal = $$"""{"AWS": ["arn:aws:iam:::user/{{stranger.UserId}}"]}""";
        var deny = denied.Length == 0 ? "" : $$"""
            , {"Effect": "Deny", "Principal": {{principal}}, "Action": ["{{string.Join("\",\"", denied)}}"], "Resource": {{resources}}}
            """;
        await bucket.Client.PutBucketPolicyAsync(bucket.Name, $$"""
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {{principal}}, "Action": "s3:*", "Resource": {{resources}}}{{deny}}]}
            """);
    }
}
