using System.Text;
using System.Text.RegularExpressions;

namespace ArchiveService.AppTests.AccessTests;

/// <summary>
/// Every route, as everybody: docs/access-matrix.md says who gets in where, and is compared with what the service answers. A route that is not in it, and one that
/// answers otherwise than it says, is a fault. After a change that is meant: <c>UPDATE_DOCS=1 ./test --filter The_access_matrix</c>, and read the difference.
/// </summary>
[Collection(nameof(WalkedArchive))]
public sealed class The_access_matrix(WalkedArchive walked)
{
    private const string Begin = "<!-- matrix -->";
    private const string End = "<!-- /matrix -->";

    [Fact]
    [Trait("Requirement", "R-10")]
    [Trait("Requirement", "H-19")]
    public async Task is_what_the_service_answers()
    {
        await walked.Walked();
        var path = Path.Combine(Docs(), "access-matrix.md");
        var text = await File.ReadAllTextAsync(path);
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        Assert.True(from >= 0 && to > from, $"The page has no {Begin} … {End}");
        var page = $"{text[..(from + Begin.Length)]}\n{Table()}{text[to..]}";
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") await File.WriteAllTextAsync(path, page);
        else Assert.True(Agree(page, text), Differences(page, text));
    }

    [Fact]
    public async Task holds_no_answer_that_is_a_fault_of_the_service()
    {
        await walked.Walked();
        Assert.Empty(walked.Matrix.SelectMany(row => row.Value, (row, cell) => (row.Key, Caller: cell.Key, cell.Value)).Where(a => a.Value.Status is 500 or 502 or 504)
            .Select(a => $"{a.Key} as {a.Caller}: {a.Value.Status} {a.Value.Code} {Short(a.Value.Body)}"));
    }

    [Fact]
    [Trait("Requirement", "R-10")]
    public async Task lets_nobody_in_who_is_not_logged_in_but_where_that_is_said()
    {
        await walked.Walked();
        var open = walked.Routes.Where(r => r.OpenToAll).Select(r => r.Name).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(walked.Matrix.Where(row => !open.Contains(row.Key) && !row.Value["nobody"].AsksWhoIsThere).Select(row => $"{row.Key}: {row.Value["nobody"].Status}"));
    }

    [Fact]
    public async Task lets_a_connector_in_where_it_delivers_alone()
    {
        await walked.Walked();
        var open = walked.Routes.Where(r => r.OpenToAll).Select(r => r.Name).ToHashSet(StringComparer.Ordinal);
        Assert.Equal(
            ["POST /api/v1/channels/{id:guid}/captures"],
            walked.Matrix.Where(row => !open.Contains(row.Key) && row.Value["con"].Word == "yes").Select(row => row.Key).Order(StringComparer.Ordinal));
    }

    /// <summary>Routes by their first two words, and in each the questions before the commands.</summary>
    private string Table()
    {
        var page = new StringBuilder();
        var names = WalkedArchive.Callers.Select(c => c.Name).ToArray();
        foreach (var group in walked.Routes.GroupBy(r => Chapter(r.Route)).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            page.Append($"\n### {group.Key}\n\n| route | {string.Join(" | ", names)} |\n|---|{string.Concat(names.Select(_ => "---|"))}\n");
            foreach (var route in group.OrderBy(r => r.Route, StringComparer.Ordinal).ThenBy(r => r.Method, StringComparer.Ordinal).ThenBy(r => r.Handler, StringComparer.Ordinal))
                page.Append($"| `{route.Name}` | {string.Join(" | ", names.Select(who => Cell(walked.Matrix[route.Name][who])))} |\n");
        }

        return page.Append('\n').ToString();
    }

    private static string Cell(Answered answer) => answer.Word switch { "yes" => "●", "401" => "·", var word => word };

    private static string Chapter(string route)
    {
        var parts = route.Split('/');
        return parts is ["api", "v1", var what, ..] ? $"api: {what}" : parts[0] is "" ? "the first page" : parts is ["handlingar", ..] ? "handlingar (pages)" : $"{parts[0]}";
    }

    /// <summary>The walk's own commands end and hide things: where either says that nothing has the id any more, the other's word stands.</summary>
    private static bool Agree(string made, string written)
    {
        var (now, then) = (made.Split('\n'), written.Split('\n'));
        return now.Length == then.Length && now.Zip(then).All(line => line.First == line.Second
            || (line.First.Split(" | ") is var found && line.Second.Split(" | ") is var was && found.Length == was.Length && found.Zip(was).All(c => c.First == c.Second || c.First.Contains("404", StringComparison.Ordinal) || c.Second.Contains("404", StringComparison.Ordinal))));
    }

    private static string Differences(string made, string written)
    {
        var (now, then) = (made.Split('\n').ToHashSet(StringComparer.Ordinal), written.Split('\n').ToHashSet(StringComparer.Ordinal));
        return "docs/access-matrix.md says otherwise:\n" + string.Join('\n', then.Except(now).Select(l => "written " + l).Concat(now.Except(then).Select(l => "is      " + l)).OrderBy(l => l[8..], StringComparer.Ordinal).Take(60));
    }

    private static string Short(string body) => body.Length <= 300 ? body : body[..300];

    internal static string Docs()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ArchiveService.sln"))) return Path.Combine(folder.FullName, "docs");
        }

        throw new InvalidOperationException("The tests are not inside the repository.");
    }
}

/// <summary>
/// An id of another authority is to a stranger what an id is that nothing has: the same status, the same code, the same words. And so is a record behind a wall to whoever
/// may not know of it.
/// </summary>
[Collection(nameof(WalkedArchive))]
public sealed partial class An_id_of_another_authority(WalkedArchive walked)
{
    /// <summary>Routes that answer otherwise, and why that tells nothing that is not for all.</summary>
    private static readonly Dictionary<string, string> ForAll = new(StringComparer.Ordinal)
    {
        ["GET /api/v1/authorities/{code}/policy"] = Decided,
        ["GET /api/v1/authorities/{code}/policy/versions"] = Decided,
    };

    private const string Decided = "an authority's policy is a decision, and open to all who are logged in";

    private const string Staff = "the staff is one register for the whole installation, which an administrator anywhere reads to give somebody a role; what somebody did is told of the reader's own authorities alone";

    private static readonly (string Start, string Why)[] ForAllUnder =
    [
        ("public/", "what everybody may read"), ("hjalp/", "the handbook"), ("offentligt/", "what everybody may read"), ("evidence/", "hashes and signatures, open to all"), ("openapi/", "describes the service"), ("fel/", "a page of errors"), ("problems/", "words about refusals"),
        ("api/v1/projections/", "machinery of the service, no id of an authority"), ("api/v1/webhooks/", "names of platforms"), ("api/v1/verification/", "checks are of the whole archive"), ("kontroll/", "checks are of the whole archive"),
        ("api/v1/persons/", Staff), ("anvandare/", Staff), ("api/v1/replay/persons/", Staff), ("granskning/person/", Staff),
    ];

    [Fact]
    [Trait("Requirement", "R-10")]
    [Trait("Requirement", "I3")]
    public async Task is_to_a_stranger_as_one_that_nothing_has()
    {
        await walked.Walked();
        var wrong = walked.Strange
            .Where(s => !ForAll.ContainsKey(s.Key) && !ForAllUnder.Any(f => Route(s.Key).StartsWith(f.Start, StringComparison.Ordinal)))
            .Where(s => !Same(s.Value.Real, s.Value.Unknown, walked.Ids.Values))
            .Select(s => $"{s.Key}: ours {s.Value.Real.Status} {s.Value.Real.Code} {Short(s.Value.Real.Body)} | unknown {s.Value.Unknown.Status} {s.Value.Unknown.Code} {Short(s.Value.Unknown.Body)}").Order(StringComparer.Ordinal).ToList();

        Assert.True(wrong.Count == 0, $"{wrong.Count} routes:\n{string.Join('\n', wrong)}");
    }

    [Fact]
    public void stands_for_every_kind_of_id_that_an_address_takes()
    {
        var missing = walked.Routes.Where(r => r.HasId && !ForAllUnder.Any(f => r.Route.StartsWith(f.Start, StringComparison.Ordinal)))
            .Where(r => AccessRoutes.KindOf(r.Route) is not "thread-assessment" and var kind && (kind is null || !walked.Ids.ContainsKey(kind))).Select(r => $"{r.Name}: {AccessRoutes.KindOf(r.Route) ?? "no kind; name it in AccessRoutes"}").ToList();

        Assert.True(missing.Count == 0 && walked.Trouble.Count == 0, string.Join('\n', missing.Concat(walked.Trouble)));
        Assert.All(ForAll.Keys, name => Assert.Contains(walked.Routes, r => r.Name == name));
    }

    [Theory]
    [InlineData("secret", "mod")]
    [InlineData("secret", "reg")]
    [InlineData("secret", "gra")]
    [InlineData("unassessed", "kom")]
    [InlineData("unassessed", "ark")]
    [Trait("Requirement", "I3")]
    [Trait("Requirement", "H-24")]
    public async Task behind_a_wall_is_as_one_that_nothing_has(string wall, string who)
    {
        var behind = new Dictionary<string, string>(walked.Ids, StringComparer.Ordinal) { ["record"] = walked.Ids[wall] };
        var wrong = new System.Collections.Concurrent.ConcurrentBag<string>();
        await Parallel.ForEachAsync(walked.Routes.Where(r => AccessRoutes.KindOf(r.Route) == "record" && r.HasId), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (route, _) =>
        {
            var (real, unknown) = (await WalkedArchive.Ask(walked.As[who], route, behind), await WalkedArchive.Ask(walked.As[who], route, behind, known: false));
            if (!Same(real, unknown, behind.Values)) wrong.Add($"{route.Name}: behind the wall {real.Status} {real.Code} {Short(real.Body)} | unknown {unknown.Status} {unknown.Code} {Short(unknown.Body)}");
        });

        Assert.True(wrong.IsEmpty, string.Join('\n', wrong.Order(StringComparer.Ordinal)));
    }

    /// <summary>Apart from the id itself, which the caller knows, and what every answer has anew.</summary>
    private static bool Same(Answered real, Answered unknown, IEnumerable<string> ids)
    {
        string Without(string? text) => ids.Append(AccessRoutes.NoSuchId).Append("FINNSINTE 2026-9999").Append("FINNSINTE").Append("finnsinte").Where(id => id.Length > 1)
            .Aggregate(EveryTime.Replace(text ?? "", ""), (said, id) => said.Replace(Uri.EscapeDataString(id), "", StringComparison.Ordinal).Replace(id, "", StringComparison.Ordinal));
        return real.Status == unknown.Status && real.Code == unknown.Code && Without(real.Body) == Without(unknown.Body) && Without(real.Location) == Without(unknown.Location);
    }

    private static string Route(string name) => name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..];

    private static string Short(string body) => body.Length <= 160 ? body.ReplaceLineEndings(" ") : body[..160].ReplaceLineEndings(" ");

    [GeneratedRegex("name=\"__RequestVerificationToken\"[^>]*>|\"traceId\":\"[^\"]*\"|CfDJ8[A-Za-z0-9_-]+")]
    private static partial Regex EveryTime { get; }
}
