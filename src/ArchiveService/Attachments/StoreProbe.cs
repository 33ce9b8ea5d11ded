using System.Security.Cryptography;

namespace ArchiveService.Attachments;

/// <summary>Does once, at start, everything the service will ask of the store, so that a missing right shows now and not at the first gallring.</summary>
internal static class StoreProbe
{
    public static async Task Run(IObjectStore store, CancellationToken ct)
    {
        var key = ObjectKey.Of("probe", new Guid(RandomNumberGenerator.GetBytes(16)));
        var bytes = RandomNumberGenerator.GetBytes(1000);

        await Step("written to", "PutObject", async () => await store.Put(key, new MemoryStream(bytes), bytes.Length, ct));
        try
        {
            await Step("read", "GetObject", async () =>
            {
                var whole = await All(0, null);
                var part = await All(100, 200);
                if (!whole.AsSpan().SequenceEqual(bytes) || !part.AsSpan().SequenceEqual(bytes.AsSpan(100, 200)))
                    throw Refused("it gives back other bytes than were written");
            });
            await Step("listed", "ListBucket", async () =>
            {
                await foreach (var found in store.List(key, ct))
                    if (found == new StoredObject(key, bytes.Length))
                        return;
                throw Refused("it does not list what was just written");
            });
        }
        finally
        {
            await Step(
                "destroyed in",
                "ListBucketVersions, DeleteObject, DeleteObjectVersion, ListBucketMultipartUploads and AbortMultipartUpload",
                MustDestroy);
        }

        async Task MustDestroy()
        {
            if ((await store.DestroyEverything(key, ct)).Nothing || await store.Length(key, ct) is not null)
                throw Refused("what was written cannot be destroyed");
        }

        async Task<byte[]> All(long from, long? length)
        {
            await using var stream = await store.Read(key, from, length, ct);
            using var into = new MemoryStream();
            await stream.CopyToAsync(into, ct);
            return into.ToArray();
        }

        async Task Step(string what, string rights, Func<Task> step)
        {
            try
            {
                await step();
            }
            catch (Exception error) when (error is ObjectNotDestroyed or ObjectMissing or ObjectStoreUnavailable { Retryable: false, InnerException: not null })
            {
                throw new ObjectStoreUnavailable(
                    $"The attachment store cannot be {what}: {error.Message}{(store is S3Store ? $" The access key needs {rights}; default retention (object lock) must be off." : "")}",
                    retryable: false, error);
            }
        }

        ObjectStoreUnavailable Refused(string why) =>
            new($"The attachment store ({store.Where}) is refused: {why}.", retryable: false);
    }
}
