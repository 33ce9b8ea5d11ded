using ArchiveService.Capture.ActivityStreams;

namespace ArchiveService.Capture.Tests.ActivityStreams;

public sealed class Reading_documents
{
    private static IReadOnlyList<ReadAct> Read(string json) => ActivityStreamsDocument.Read(Given.Utf8(json), Given.Now);

    private static CapturedAct Only(string json) => Assert.IsType<ReadAct.Accepted>(Assert.Single(Read(json))).Act;

    private static string Refused(string json) => Assert.IsType<ReadAct.Rejected>(Assert.Single(Read(json))).Code;

    [Fact]
    public void a_created_note_is_an_item_by_its_author()
    {
        const string json = """
            {"@context":["https://www.w3.org/ns/activitystreams",{"toot":"http://joinmastodon.org/ns#"}],"id":"https://a.invalid/1/activity","type":"Create",
            "actor":{"type":"Person","id":"https://a.invalid/u","name":"Kim","preferredUsername":"kim"},"published":"2026-03-01T12:00:00Z","to":["as:Public"],
            "object":{"id":"https://a.invalid/1","type":"Note","summary":"Mat","content":"<p>Hej</p>","inReplyTo":"https://b.invalid/9","url":"https://a.invalid/@kim/1",
            "attachment":[{"type":"Document","mediaType":"image/jpeg","url":"https://a.invalid/f.jpg","name":"En bassäng"}]}}
            """;
        var act = Only(json);
        Assert.Equal((ActKind.Create, ItemKind.Reply, "https://a.invalid/1", "uri"), (act.Act, act.Kind, act.NativeId, act.IdKind));
        Assert.Equal(("https://a.invalid/u", "Kim", "kim"), (act.Author!.NativeId, act.Author.DisplayName, act.Author.Handle));
        Assert.False(act.Author.ClaimsOwnChannel);
        Assert.Equal(("<p>Hej</p>", "Mat", "https://b.invalid/9", "https://a.invalid/@kim/1"), (act.Text, act.ContentWarning, act.ParentNativeId, act.Permalink));
        Assert.Equal(Audience.Public, act.Audience);
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero), act.OccurredAt);
        var file = Assert.Single(act.Attachments);
        Assert.Equal(("https://a.invalid/f.jpg", "image/jpeg", "En bassäng"), (file.Url, file.MediaType, file.AltText));
        Assert.Equal(json.Trim(), System.Text.Encoding.UTF8.GetString(act.Raw.Span));
    }

    [Theory]
    [InlineData("""{"type":"Announce","id":"https://a.invalid/s","object":"https://b.invalid/1"}""", ActKind.Share)]
    [InlineData("""{"type":"Update","object":{"type":"Note","id":"https://a.invalid/1","content":"Nytt"}}""", ActKind.Edit)]
    [InlineData("""{"type":"Delete","object":{"type":"Tombstone","id":"https://a.invalid/1"}}""", ActKind.Delete)]
    [InlineData("""{"type":"Delete","object":"https://a.invalid/1"}""", ActKind.Delete)]
    [InlineData("""{"type":"Like","actor":"https://a.invalid/u","object":"https://a.invalid/1"}""", ActKind.React)]
    [InlineData("""{"type":"Undo","actor":"https://a.invalid/u","object":{"type":"Like","object":"https://a.invalid/1"}}""", ActKind.Unreact)]
    [InlineData("""{"type":"Undo","object":{"type":"Announce","id":"https://a.invalid/s"}}""", ActKind.Delete)]
    [InlineData("""{"type":"Person","id":"https://a.invalid/u","name":"Kim"}""", ActKind.ProfileChange)]
    [InlineData("""{"type":"Travel","actor":"https://a.invalid/u"}""", ActKind.Unknown)]
    [InlineData("""{"type":"Create","object":"https://a.invalid/only-its-address"}""", ActKind.Unknown)]
    [InlineData("""{"type":["http://verbs.invalid/Hover"],"actor":"https://a.invalid/u"}""", ActKind.Unknown)]
    [InlineData("""{"@type":["https://www.w3.org/ns/activitystreams#Note"],"https://www.w3.org/ns/activitystreams#content":[{"@value":"Hej"}]}""", ActKind.Create)]
    public void each_activity_has_its_act(string json, ActKind act) => Assert.Equal(act, Only(json).Act);

    [Fact]
    public void setting_a_reaction_and_taking_it_back_share_an_id() => Assert.Equal(
        Only("""{"type":"Like","id":"https://a.invalid/l/1","actor":"https://a.invalid/u","object":"https://a.invalid/1"}""").NativeId,
        Only("""{"type":"Undo","actor":"https://a.invalid/u","object":{"type":"Like","object":"https://a.invalid/1"}}""").NativeId);

    [Theory]
    [InlineData("""{"type":"Read","object":"https://a.invalid/1"}""", "Read")]
    [InlineData("""{"type":"Link","href":"https://a.invalid/1"}""", "Link")]
    [InlineData("""{"type":"Collection","items":[]}""", "Collection")]
    [InlineData("""{"@context":"https://www.w3.org/ns/activitystreams"}""", "untyped")]
    public void what_is_not_a_record_is_told_as_such(string json, string name) => Assert.Equal(new ReadAct.NotARecord(1, name), Assert.Single(Read(json)));

    [Fact]
    public void a_collection_gives_its_items_one_by_one()
    {
        var read = Read("""{"type":"OrderedCollection","first":{"type":"OrderedCollectionPage","orderedItems":["https://a.invalid/0",{"type":"Note","content":"B"}]},"orderedItems":[{"type":"Note","content":7},{"type":"Note","content":"A"}]}""");
        Assert.Equal([1, 2, 3, 4], read.Select(r => r.Place));
        Assert.Equal(RefusalCodes.WrongType, Assert.IsType<ReadAct.Rejected>(read[0]).Code);
        Assert.Equal("/orderedItems/1", Assert.IsType<ReadAct.Accepted>(read[1]).Act.RawPointer);
        Assert.IsType<ReadAct.NotARecord>(read[2]);
        Assert.Equal(("B", "/first/orderedItems/1"), Assert.IsType<ReadAct.Accepted>(read[3]) is var last ? (last.Act.Text, last.Act.RawPointer) : default);
    }

    /// <summary>Who could see a document that names no recipients is not known: the narrowest is assumed (OSL).</summary>
    [Fact]
    public void without_recipients_the_narrowest_audience_is_assumed()
    {
        var act = Only("""{"type":"Note","content":"Hej"}""");
        Assert.Equal(Audience.Direct, act.Audience);
        Assert.Contains(ActFlags.UnknownAudience, act.Flags);
        Assert.Contains(ActFlags.SyntheticId, act.Flags);
    }

    [Theory]
    [InlineData("[]", RefusalCodes.NotAnObject)]
    [InlineData("42", RefusalCodes.NotAnObject)]
    [InlineData("{", RefusalCodes.BrokenJson)]
    [InlineData("""{"@context":3}""", RefusalCodes.WrongType)]
    [InlineData("""{"@context":"http://schema.org","@type":"Person","name":"X"}""", ActivityStreamsRefusals.OtherContext)]
    [InlineData("""{"type":"Note","id":4}""", RefusalCodes.WrongType)]
    [InlineData("""{"type":16}""", RefusalCodes.WrongType)]
    [InlineData("""{"type":"Note","name":{"sv":"Namn"}}""", RefusalCodes.WrongType)]
    [InlineData("""{"type":"Note","contentMap":{"de-419-DE":"x"}}""", ActivityStreamsRefusals.LanguageTag)]
    [InlineData("""{"type":"Image","url":"images/sally.jpg"}""", ActivityStreamsRefusals.AddressRelative)]
    [InlineData("""{"type":"OrderedCollection","items":[]}""", null)]
    [InlineData("""{"type":"OrderedCollection","items":[{"type":"Note"}]}""", ActivityStreamsRefusals.CollectionBroken)]
    [InlineData("""{"type":"Collection","first":{"type":"Create"}}""", ActivityStreamsRefusals.CollectionBroken)]
    public void what_the_recommendation_forbids_is_refused(string json, string? code)
    {
        if (code is null) Assert.IsType<ReadAct.NotARecord>(Assert.Single(Read(json)));
        else Assert.Equal(code, Refused(json));
    }

    [Theory]
    [InlineData("sv")]
    [InlineData("en-GB")]
    [InlineData("zh-Hant-TW")]
    [InlineData("es-419")]
    [InlineData("sl-rozaj-biske")]
    [InlineData("x-klingon")]
    [InlineData("und")]
    public void languages_are_read(string tag) => Assert.Equal("Hej", Only($$$"""{"type":"Note","contentMap":{"{{{tag}}}":"Hej"}}""").Text);

    [Fact]
    public async Task a_folder_is_read_document_by_document_and_the_broken_one_is_named()
    {
        var folder = Directory.CreateTempSubdirectory("capture-tests-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "a.json"), """{"type":"Note","id":"https://a.invalid/1","content":"A"}""");
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "b.json"), """{"type":"Note",""");
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "c.json"), """{"type":"Collection","items":[{"type":"Note","content":"C"},{"type":"Note","content":"D"}]}""");
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "read.me"), "nothing");
            var opened = Assert.IsType<ImportOpened.Ready>(await ActivityStreamsImport.Form.Open(folder.FullName, default));
            await using var file = opened.File;
            var read = await file.ReadActs(Given.Now, default).ToListAsync();
            Assert.Equal([1, 2, 3, 4], read.Select(r => r.Place));
            Assert.StartsWith("b.json: ", Assert.IsType<ReadAct.Rejected>(read[1]).Detail, StringComparison.Ordinal);
            Assert.Equal("c.json#/items/1", Assert.IsType<ReadAct.Accepted>(read[3]).Act.RawPointer);
            Assert.Equal(file.Bytes, file.BytesRead);

            var single = Assert.IsType<ImportOpened.Ready>(await ActivityStreamsImport.Form.Open(Path.Combine(folder.FullName, "a.json"), default));
            await using var one = single.File;
            Assert.Single(await one.ReadActs(Given.Now, default).ToListAsync());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
