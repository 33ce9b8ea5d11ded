using System.Text;
using ArchiveService.Capture.Exports;
using ArchiveService.Capture.LinkedIn;
using ArchiveService.Capture.Tests.Exports;
using ArchiveService.Capture.Tests.Mastodon;

namespace ArchiveService.Capture.Tests.LinkedIn;

public sealed class Reading_linkedin
{
    [Fact]
    public void answers_the_challenge_in_hex()
    {
        Assert.Equal("""{"challengeCode":"abc-123","challengeResponse":"6a41d8e7e8e229504d3611d9919d89d77b78dba18566fe8e77cd00da99b6fe9e"}""", LinkedInHandshake.Answer("abc-123", "hemlig"));
        Assert.Null(LinkedInHandshake.Answer("\"}", "hemlig"));
        Assert.Null(LinkedInHandshake.Answer(null, "hemlig"));
        Assert.Null(LinkedInHandshake.Answer("abc", ""));
    }

    [Theory]
    [InlineData("73e12384b91b67c1c5b0cf398b2fe0fd264644923dd9d58202028492df640917", LinkedInSignatureResult.Valid)]
    [InlineData(" 73e12384b91b67c1c5b0cf398b2fe0fd264644923dd9d58202028492df640917 ", LinkedInSignatureResult.Valid)]
    [InlineData("hmacsha256=73e12384b91b67c1c5b0cf398b2fe0fd264644923dd9d58202028492df640917", LinkedInSignatureResult.Valid)]
    [InlineData("073e12384b91b67c1c5b0cf398b2fe0fd264644923dd9d58202028492df640917", LinkedInSignatureResult.Invalid)]
    [InlineData("inte hex", LinkedInSignatureResult.Invalid)]
    [InlineData("", LinkedInSignatureResult.Absent)]
    [InlineData(null, LinkedInSignatureResult.Absent)]
    public void verifies_the_signature_over_the_prefix_and_the_body(string? header, LinkedInSignatureResult expected)
    {
        Assert.Equal(expected, LinkedInSignature.Verify("""{"type":"x"}"""u8, header, "hemlig"));
        if (expected == LinkedInSignatureResult.Valid) Assert.Equal(LinkedInSignatureResult.Invalid, LinkedInSignature.Verify("""{"type":"y"}"""u8, header, "hemlig"));
    }

    [Theory]
    [InlineData("urn:li:comment:(activity:111,222)", "urn:li:comment:222", "urn:li:activity:111")]
    [InlineData("urn:li:comment:(urn:li:activity:111,222)", "urn:li:comment:222", "urn:li:activity:111")]
    [InlineData("urn%3Ali%3Acomment%3A%28urn%3Ali%3AugcPost%3A333%2C222%29", "urn:li:comment:222", "urn:li:ugcPost:333")]
    [InlineData("urn:li:share:5", "urn:li:share:5", null)]
    [InlineData("urn%3Ali%3AugcPost%3A5", "urn:li:ugcPost:5", null)]
    [InlineData("urn:li:comment:(x)", "urn:li:comment:(x)", null)]
    [InlineData("5", null, null)]
    [InlineData("urn:li:", null, null)]
    [InlineData(null, null, null)]
    public void names_one_thing_in_one_way(string? written, string? id, string? parent) => Assert.Equal((id, parent), (LinkedInUrn.IdOf(written), LinkedInUrn.ParentOf(written)));

    [Theory]
    [InlineData("COMMENT", ActKind.Create, ItemKind.Comment, "urn:li:comment:222", "urn:li:share:1")]
    [InlineData("ADMIN_COMMENT", ActKind.Create, ItemKind.Comment, "urn:li:comment:222", "urn:li:share:1")]
    [InlineData("COMMENT_EDIT", ActKind.Edit, ItemKind.Comment, "urn:li:comment:222", "urn:li:share:1")]
    [InlineData("COMMENT_DELETE", ActKind.Delete, ItemKind.Comment, "urn:li:comment:222", "urn:li:share:1")]
    [InlineData("SHARE", ActKind.Share, ItemKind.Share, "urn:li:comment:222", "urn:li:share:1")]
    [InlineData("SHARE_MENTION", ActKind.Create, ItemKind.Mention, "urn:li:comment:222", null)]
    [InlineData("LIKE", ActKind.React, ItemKind.Unknown, "urn:li:share:1/reaction/urn:li:person:k", "urn:li:share:1")]
    [InlineData("NYTT", ActKind.Unknown, ItemKind.Unknown, "urn:li:comment:222", null)]
    [Trait("Requirement", "C5")]
    public void reads_every_action_of_a_notification(string action, ActKind act, ItemKind kind, string id, string? parent)
    {
        var entry = Assert.Single(LinkedInWebhook.Read(Given.Utf8($$$"""
            {"type":"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS","notifications":[{"notificationId":-7411,"organizationalEntity":"urn:li:organization:12","action":"{{{action}}}","sourcePost":"urn:li:share:1",
             "generatedActivity":"urn:li:comment:(activity:111,222)","decoratedGeneratedActivity":{"comment":{"owner":"urn:li:person:k","text":"Hej å"}},"lastModifiedAt":1776254400000,"subscriber":"urn:li:person:s"}]}
            """), Given.Now));
        var read = Assert.IsType<ReadAct.Accepted>(Assert.Single(entry.Acts)).Act;

        Assert.Equal("urn:li:organization:12", entry.Organization);
        Assert.Equal((act, kind, id, parent, (DateTimeOffset?)new DateTimeOffset(2026, 4, 15, 12, 0, 0, TimeSpan.Zero)), (read.Act, read.Kind, read.NativeId, read.ParentNativeId, read.OccurredAt));
        if (act != ActKind.Unknown) Assert.Equal("-7411", read.NativeEventId);
        if (kind == ItemKind.Comment && act != ActKind.Delete) Assert.Equal("Hej å", read.Text);
        if (action == "ADMIN_COMMENT") Assert.Equal(new ActAuthor("urn:li:organization:12", null, null, ClaimsOwnChannel: true, "urn:li:person:k"), read.Author);
    }

    [Fact]
    public void routes_each_notification_to_its_page()
    {
        var entries = LinkedInWebhook.Read("""{"notifications":[{"organizationalEntity":"urn:li:organization:1","action":"LIKE","sourcePost":"urn:li:share:1"},{"organizationalEntity":"urn:li:organization:2","action":"LIKE","sourcePost":"urn:li:share:2"},7]}"""u8.ToArray());
        Assert.Equal(["urn:li:organization:1", "urn:li:organization:2", null], entries.Select(entry => entry.Organization));
    }

    [Fact]
    public void gives_the_same_comment_the_same_id_from_every_source()
    {
        var told = LinkedInWebhook.Read("""{"notifications":[{"action":"COMMENT","organizationalEntity":"urn:li:organization:12","sourcePost":"urn:li:ugcPost:3","generatedActivity":"urn:li:comment:(activity:111,222)"}]}"""u8.ToArray())[0].Acts;
        var asked = LinkedInApi.Read("""{"elements":[{"id":"222","object":"urn:li:activity:111","actor":"urn:li:person:k","created":{"time":1776254400000,"actor":"urn:li:person:k"},"lastModified":{"time":1776254400000},"message":{"text":"Hej"}}]}"""u8.ToArray()).Acts;
        var fetched = LinkedInApi.Read("""{"results":{"urn:li:comment:(urn:li:ugcPost:3,222)":{"$URN":"urn:li:comment:(urn:li:ugcPost:3,222)","actor":"urn:li:organization:12","created":{"time":1776254400000,"impersonator":"urn:li:person:a"},"lastModified":{"time":1776258000000},"message":{"text":"Hej igen"},"parentComment":"urn:li:comment:(activity:111,220)"}}}"""u8.ToArray(), Given.Now, "urn:li:organization:12").Acts;
        var acts = told.Concat(asked).Concat(fetched).Select(act => Assert.IsType<ReadAct.Accepted>(act).Act).ToList();

        Assert.All(acts, act => Assert.Equal(("urn:li:comment:222", "native"), (act.NativeId, act.IdKind)));
        Assert.Equal([null, "Hej", "Hej igen"], acts.Select(act => act.Text));
        Assert.Equal((ItemKind.Reply, "urn:li:comment:220", "urn:li:person:a"), (acts[2].Kind, acts[2].ParentNativeId, acts[2].Author!.Operator));
        Assert.True(acts[2].Author!.ClaimsOwnChannel);
        Assert.Equal(new DateTimeOffset(2026, 4, 15, 13, 0, 0, TimeSpan.Zero), acts[2].EditedAt);
    }

    [Fact]
    public void reads_posts_reactions_and_lists_of_names()
    {
        var page = LinkedInApi.Read("""
            {"elements":[{"id":"urn:li:ugcPost:5","author":"urn:li:organization:12","commentary":{"text":"Nytt bad"},"firstPublishedAt":1776254400000,"lastModified":{"time":1776254400500},"lifecycleState":"PUBLISHED","visibility":"PUBLIC","content":{"media":{"id":"urn:li:image:9","altText":"Bild"}}},
             {"id":"urn:li:reaction:(urn:li:person:k,urn:li:ugcPost:5)","actor":"urn:li:person:k","reactionType":"PRAISE","created":{"time":1776254400000}},
             {"urn":"urn:li:share:77"},"urn:li:share:78",{"nytt":1}],"paging":{"start":0,"count":10,"links":[{"rel":"next","href":"/x"}]}}
            """u8.ToArray(), Given.Now, "urn:li:organization:12");
        var acts = page.Acts.OfType<ReadAct.Accepted>().Select(a => a.Act).ToList();

        Assert.Equal([(ActKind.Create, "urn:li:ugcPost:5"), (ActKind.React, "urn:li:ugcPost:5/reaction/urn:li:person:k")], acts.Take(2).Select(act => (act.Act, act.NativeId)));
        Assert.Equal(("Nytt bad", "urn:li:image:9", (DateTimeOffset?)null), (acts[0].Text, acts[0].Attachments[0].NativeId, acts[0].EditedAt));
        Assert.Equal(["urn:li:share:77", "urn:li:share:78"], page.Urns);
        Assert.Equal((5, true), (page.Elements, page.HasNext));
        Assert.Equal(ActKind.Unknown, acts[2].Act);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("7")]
    [InlineData("""{"notifications":[7,null,{},{"notificationId":-1,"action":7}],"elements":[[]]}""")]
    [InlineData("""{"results":{"x":7,"urn:li:comment:(":{"message":[]}},"paging":7}""")]
    [InlineData("""{"elements":[{"id":"urn:li:share:1","commentary":{"text":"\ud83d"},"content":[]}]}""")]
    public void never_throws_because_of_what_a_body_says(string body)
    {
        Assert.NotEmpty(LinkedInWebhook.Read(Given.Utf8(body)));
        Assert.NotEmpty(LinkedInApi.Read(Given.Utf8(body)).Acts);
    }

    [Fact]
    public async Task reads_tables_of_connectors()
    {
        await using var opened = await OpenedExport.Folder(
            LinkedInTables.Form,
            ("post_history.csv", Given.Utf8("id,author,commentary,created_time,first_published_at,last_modified_time,lifecycle_state,visibility\nurn:li:ugcPost:5,urn:li:organization:12,\"Rad ett\nrad \"\"två\"\"\",2023-10-13 17:32:47.678000 UTC,2023-10-13 17:32:47.678000 UTC,2023-10-13 18:32:47.678000 UTC,PUBLISHED,PUBLIC\n,x,,,,,,\n")),
            ("annat.csv", Given.Utf8("a,b\n1,2\n")));
        var read = await opened.Read();
        var act = Assert.Single(read.OfType<ReadAct.Accepted>()).Act;

        Assert.Equal(("urn:li:ugcPost:5", "Rad ett\nrad \"två\"", Audience.Public), (act.NativeId, act.Text, act.Audience));
        Assert.Equal((new DateTimeOffset(2023, 10, 13, 17, 32, 47, 678, TimeSpan.Zero), new DateTimeOffset(2023, 10, 13, 18, 32, 47, 678, TimeSpan.Zero)), (act.OccurredAt, act.EditedAt));
        Assert.Equal(RefusalCodes.NativeIdMissing, Assert.Single(read.OfType<ReadAct.Rejected>()).Code);
    }

    [SharedDataFact]
    public async Task gives_what_the_page_says_of_the_samples()
    {
        var table = new SampleTable("linkedin.md");
        foreach (var file in SharedData.Files("linkedin", "*.csv"))
        {
            await using var opened = await OpenedExport.Bytes(LinkedInTables.Form, await File.ReadAllBytesAsync(file), Path.GetFileName(file));
            table.Add(Path.GetRelativePath(SharedData.PathOf("."), file), await opened.Read());
        }

        table.IsInThePage();
    }
}
