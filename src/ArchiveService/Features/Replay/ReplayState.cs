using ArchiveService.Features.PageParts;

namespace ArchiveService.Features.Replay;

/// <summary>What is replayed, and what it is called now.</summary>
public sealed record ReplaySubject(ReplayOf Of, Guid Id, string Title, Guid? Authority);

/// <summary>One thing that was so at the instant. The key is stable, so that two instants can be compared.</summary>
public sealed record ReplayField(string Key, string Name, string? Value, bool Destroyed = false);

/// <summary>The run in which an item was destroyed.</summary>
public sealed record ItemDestroyed(Guid Run, DateTimeOffset At);

/// <summary>An item as it stood. Behind a wall its text is read by opening the record.</summary>
public sealed record StandingItem(
    Guid Id, string Kind, string Direction, DateTimeOffset OccurredAt, Guid? Account, string? Sender, string? Handle, string State, string? StateBy, DateTimeOffset? StateAt,
    string? Text, ItemDestroyed? Destroyed, string Access);

/// <summary>Of the newest thousand at the instant; <paramref name="Relation"/> is exact or atLeast.</summary>
public sealed record StandingCounts(int Visible, int Hidden, int Unpublished, int Deleted, string Relation);

/// <summary>How it was at an instant, as far as a checkpoint vouches for: the same answer for ever, apart from what has been destroyed since.</summary>
public sealed record ReplayState(
    ReplayOf Of, Guid Id, DateTimeOffset At, DateTimeOffset KnownAt, Vouched? Checkpoint, IReadOnlyList<ReplayField> Fields, StandingCounts? Counts, IReadOnlyList<StandingItem> Items, string? Next);

/// <summary>A stretch of text: same, added or removed.</summary>
public sealed record DiffRun(string Kind, string Text);

/// <summary>One thing that is not the same at both instants. <paramref name="Diff"/> is word by word, where it stood at both.</summary>
public sealed record FieldChange(string Key, string Name, string Change, string? Before, string? After, IReadOnlyList<DiffRun>? Diff);

/// <summary>An item that something happened to between two instants.</summary>
public sealed record ItemChange(
    Guid Id, string Kind, string Direction, DateTimeOffset OccurredAt, DateTimeOffset LastAt, string Change, string? StateBefore, string StateAfter, string? StateBy, string? Before, string? After,
    IReadOnlyList<DiffRun>? Diff, ItemDestroyed? Destroyed, string Access)
{
    public const string Appeared = "appeared";
    public const string Edited = "edited";
    public const string Hidden = "hidden";
    public const string Unpublished = "unpublished";
    public const string Deleted = "deleted";
    public const string DeletedByAuthor = "deletedByAuthor";
    public const string DeletedByPlatform = "deletedByPlatform";
    public const string DeletedByAuthority = "deletedByAuthority";
    public const string Restored = "restored";
    public const string CameAndWent = "appearedAndRemoved";
    public const string Same = "same";

    /// <summary>What the two states come to. Null before: it was not there.</summary>
    public static string Of(string? before, string after, string? by, bool textDiffers) => (before, after) switch
    {
        (null, "visible") => Appeared,
        (null, _) => CameAndWent,
        _ when before == after => textDiffers ? Edited : Same,
        (_, "visible") => Restored,
        (_, "hidden") => Hidden,
        (_, "unpublished") => Unpublished,
        _ => by switch { "author" => DeletedByAuthor, "platform" => DeletedByPlatform, "authority" => DeletedByAuthority, _ => Deleted },
    };
}

/// <summary>Two instants beside each other.</summary>
public sealed record ReplayComparison(
    ReplayOf Of, Guid Id, DateTimeOffset From, DateTimeOffset To, DateTimeOffset KnownAt, Vouched? Checkpoint, IReadOnlyList<FieldChange> Fields, IReadOnlyList<ItemChange> Items, string? Next)
{
    /// <summary>Given when one instant is compared as known at two times: the earlier.</summary>
    public DateTimeOffset? KnownFrom { get; init; }

    /// <summary>What <see cref="KnownFrom"/> came to; absent before the first checkpoint.</summary>
    public Vouched? CheckpointFrom { get; init; }
}

/// <summary>Machine diff: pure, so that the page, the API and the export say the same.</summary>
public static class VersionDiff
{
    public static IReadOnlyList<DiffRun> Words(string? before, string? after) => [.. WordDiff.Between(before, after).Runs.Select(run => new DiffRun(Name(run.Kind), run.Text))];

    /// <summary>The same runs as a text that can be shown, with ins and del.</summary>
    public static RecordText Shown(IReadOnlyList<DiffRun> diff) =>
        new([.. diff.Select(run => new TextRun(run.Kind switch { "added" => RunKind.Added, "removed" => RunKind.Removed, "masked" => RunKind.Masked, _ => RunKind.Plain }, run.Text))]);

    /// <summary>What appeared, is gone, or says something else, by key; in the order of the later instant, then what is gone.</summary>
    public static IReadOnlyList<FieldChange> Fields(IReadOnlyList<ReplayField> before, IReadOnlyList<ReplayField> after)
    {
        var old = before.ToDictionary(field => field.Key, StringComparer.Ordinal);
        var changes = new List<FieldChange>();
        foreach (var field in after)
        {
            if (!old.Remove(field.Key, out var was)) changes.Add(new(field.Key, field.Name, ItemChange.Appeared, null, field.Value, null));
            else if (was.Value != field.Value) changes.Add(new(field.Key, field.Name, ItemChange.Edited, was.Value, field.Value, Words(was.Value, field.Value)));
        }

        changes.AddRange(before.Where(field => old.ContainsKey(field.Key)).Select(field => new FieldChange(field.Key, field.Name, "gone", field.Value, null, null)));
        return changes;
    }

    private static string Name(RunKind kind) => kind switch
    {
        RunKind.Added => "added",
        RunKind.Removed => "removed",
        RunKind.Masked => "masked",
        _ => "same",
    };
}
