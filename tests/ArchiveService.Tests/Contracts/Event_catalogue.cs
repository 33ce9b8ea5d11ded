namespace ArchiveService.Tests.Contracts;

public sealed class Event_catalogue
{
    private static readonly string File = RepositoryFiles.Path("docs", "event-catalogue.md");

    [Fact]
    public void is_up_to_date()
    {
        var generated = CataloguePage.Write();
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") System.IO.File.WriteAllText(File, generated);

        Assert.True(System.IO.File.Exists(File) && System.IO.File.ReadAllText(File) == generated,
            "docs/event-catalogue.md does not say what the event types say. Write it again: UPDATE_DOCS=1 ./test --filter Event_catalogue");
    }

    [Fact]
    public void tells_of_each_event_what_it_is_for() =>
        Assert.All(CataloguePage.Entries, entry => Assert.NotEqual("", entry.Summary));

    [Fact]
    public void names_no_sealed_part_of_an_event_that_does_not_exist() =>
        Assert.Empty(SealedBeside.ByName.Keys.Except(CataloguePage.Entries.Select(entry => entry.Name)));
}
