using ArchiveService.Features.Authorities;
using ArchiveService.Features.DataSubjects;
using ArchiveService.Features.Disclosures;

namespace ArchiveService.Tests.DataSubjects;

public sealed class Marks_in_an_extract
{
    private static readonly TextMarks Marks = new(["Kajsa Låtsberg", "@kajsa", "Nämnden KS"], ["Bertil Granne", "@bertil_g"], ["Ada Admin"]);

    private static (TextMarkKind, string)[] Found(string text) => [.. Marks.In(text).Select(m => (m.Kind, text.Substring(m.Start, m.Length)))];

    [Fact]
    [Trait("Law", "GDPR art. 15.4")]
    public void point_at_everybody_but_the_person_and_the_authority()
    {
        Assert.Equal([(TextMarkKind.Sender, "Bertil")], Found("Jag och bertil var där".Replace("bertil", "Bertil", StringComparison.Ordinal)));
        Assert.Equal([(TextMarkKind.Handle, "@okand.person")], Found("Fråga @okand.person eller @kajsa"));
        Assert.Equal([(TextMarkKind.PersonalNumber, "19121212-1212")], Found("Hens nummer är 19121212-1212"));
        Assert.Equal([(TextMarkKind.Phone, "+46 70 123 45 67")], Found("Ring +46 70 123 45 67 i kväll"));
        Assert.Equal([(TextMarkKind.Email, "nils@exempel.se")], Found("Skriv till nils@exempel.se"));
        Assert.Equal([(TextMarkKind.Staff, "Ada Admin")], Found("Det sa Ada Admin i telefon"));
        Assert.Equal([(TextMarkKind.MaybeName, "Sara Ek-Berg")], Found("Sedan kom Sara Ek-Berg förbi"));
        Assert.Equal([(TextMarkKind.MaybeName, "Lisa")], Found("och rektor Lisa lovade"));
        Assert.Empty(Found("Vägen är hal. Kajsa Låtsberg har sagt det till Nämnden KS förut, 2026-03-01, dnr KS 2026/12."));
        Assert.Empty(Found(""));
    }

    [Fact]
    public void mask_runs_that_meet_as_one_and_nothing_else()
    {
        Assert.Equal($"Hej {OthersMasked.Mask} och {OthersMasked.Mask}!", TextMarks.Apply("Hej Bertil Granne och Sara!", [new(4, 6), new(10, 7), new(22, 4)]));
        Assert.Equal(OthersMasked.Mask, TextMarks.Apply("Sara", [new(0, 4)]));
        Assert.Equal("Sara", TextMarks.Apply("Sara", [new(2, 9), new(-1, 2)]));
    }

    [Fact]
    [Trait("Law", "GDPR art. 15.4")]
    public void hold_as_they_were_last_decided_and_make_the_extract_stale()
    {
        var (record, version) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var state = new SubjectState { Version = 1, Identity = IdentityMeans.IdDocument, ProducedIsCurrent = true };
        var policy = new Policy(4, "custom", new Dictionary<string, string>());
        SubjectState Then(SubjectState from, ExaminePassages said)
        {
            var decision = said.Decide(from, record, "Bertil och Sara", policy);
            Assert.Null(decision.Refused);
            return decision.Events.Aggregate(from, (s, e) => s.After((DataSubjectRequestEvent)e.Event, Guid.CreateVersion7(), TimeProvider.System.GetUtcNow(), null));
        }

        var once = Then(state, new(version, Mask: [new(0, 6)], Words: ["sara"]));
        Assert.False(once.ProducedIsCurrent);
        Assert.Equal([true, true], [once.Passages[(version, new(0, 6))], once.Passages[(version, new(11, 4))]]);
        Assert.False(Then(once, new(version, Stand: [new(0, 6)])).Passages[(version, new(0, 6))]);
        Assert.Equal("not-identified", new ExaminePassages(version, Stand: [new(0, 6)]).Decide(new() { Version = 1 }, record, "x", policy).Refused!.Code);
        Assert.Equal("passages-missing", new ExaminePassages(version).Decide(state, record, "x", policy).Refused!.Code);
        Assert.Equal("passage-version-unknown", new ExaminePassages(version, Stand: [new(0, 1)]).Decide(state, record, null, policy).Refused!.Code);
    }
}
