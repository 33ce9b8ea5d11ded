using System.Text;
using ArchiveService.Capture;

namespace ArchiveService.Fuzzing;

/// <summary>An input that a reader did not stand: the seed alone makes it again.</summary>
public sealed record FuzzFailure(string Target, long Seed, string What, byte[] Input)
{
    public override string ToString() => $"{Target}, seed {Seed}: {What}";
}

/// <summary>Throws spoilt samples at readers and looks at what they promise: never throw, never hang, one outcome a place, verbatim slices.</summary>
public static class Fuzz
{
    public static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Far beyond what any input of a quarter of a MiB may take, on any machine.</summary>
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    /// <summary>One input of one target; null when the reader kept its promises.</summary>
    public static async Task<FuzzFailure?> Once(FuzzTarget target, long seed, Action<byte[]>? seen = null)
    {
        var dice = new Dice(seed);
        var input = Mutation.Of(dice.Of(target.Samples), target.Samples, dice, target.IsJson);
        seen?.Invoke(input);
        return await Check(target, input) is { } what ? new(target.Name, seed, what, input) : null;
    }

    /// <summary>What the reader did wrong with an input, or null.</summary>
    public static async Task<string?> Check(FuzzTarget target, byte[] input)
    {
        try
        {
            // A reader that never gives the thread back is left behind: the process ends with the run.
            var first = await Task.Run(() => target.Read(input, CancellationToken.None)).WaitAsync(Hang);
            if (Wrong(first, input, target.ManyAPlace) is { } wrong) return wrong;
            var again = await target.Read(input, CancellationToken.None);
            return first.Acts.Select(Said).SequenceEqual(again.Acts.Select(Said)) ? null : "the same bytes read twice give different outcomes";
        }
        catch (TimeoutException)
        {
            return "hangs";
        }
        catch (Exception thrown)
        {
            return $"throws {thrown.GetType().Name}: {thrown.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("ArchiveService.Capture", StringComparison.Ordinal))?.Trim()}";
        }
    }

    private static string? Wrong(FuzzOutcome outcome, byte[] input, bool manyAPlace)
    {
        var places = new HashSet<long>();
        foreach (var read in outcome.Acts)
        {
            if (!places.Add(read.Place) && !manyAPlace) return $"place {read.Place} has two outcomes";
            var wrong = read switch
            {
                ReadAct.Rejected(_, var code, var detail) => code.Length == 0 || detail.Length == 0 ? "a refusal without a reason" : null,
                ReadAct.NotARecord(_, var name) => name.Length == 0 ? "not a record, without a name" : null,
                ReadAct.Accepted(var act, _) => Wrong(act, outcome.Holds),
                _ => "an unknown outcome",
            };
            if (wrong is not null) return $"place {read.Place}: {wrong}";
        }

        return outcome.Acts.Count > input.Length + 2 ? "more outcomes than bytes" : null;
    }

    private static string? Wrong(CapturedAct act, Func<ReadOnlyMemory<byte>, bool>? holds)
    {
        if (act.NativeId.Length is 0 or > CaptureLimits.MaxShortTextChars) return $"an id of {act.NativeId.Length} characters";
        if (act.IdKind.Length == 0) return "no kind of id";
        if (act.Raw.IsEmpty) return "no verbatim slice";
        if (holds?.Invoke(act.Raw) == false) return "the verbatim slice is not in the input";
        if (act.Act == ActKind.Unknown && string.IsNullOrEmpty(act.NativeActName)) return "an unknown act without the platform's word";
        if (act.Text?.Length > CaptureLimits.MaxTextChars) return "a text over the limit";
        if (act.Flags.Distinct(StringComparer.Ordinal).Count() != act.Flags.Count) return "a flag twice";
        if (new[] { act.OccurredAt, act.EditedAt, act.ObservedAt }.Any(at => at is { } time && time.Offset != TimeSpan.Zero)) return "a time that is not UTC";
        foreach (var text in Texts(act))
        {
            if (text is not null && !IsWhole(text)) return "a text with NUL or half a character";
        }

        foreach (var attachment in act.Attachments)
        {
            if (attachment.FileName is { } name && (name.Length == 0 || name is "." or ".." || name.AsSpan().ContainsAny('/', '\\'))) return "an attachment's name is a path";
            if (attachment.ArchivePath is { } path && (path.StartsWith('/') || path.Contains('\\', StringComparison.Ordinal) || path.Split('/').Contains(".."))) return "a path leads out of the archive";
        }

        return null;
    }

    private static IEnumerable<string?> Texts(CapturedAct act) =>
    [
        act.NativeId, act.IdKind, act.NativeActName, act.NativeEventId, act.NativeKind, act.ParentNativeId, act.RootNativeId, act.ConversationId, act.Author?.NativeId, act.Author?.DisplayName, act.Author?.Handle, act.Author?.Operator,
        act.Text, act.ContentWarning, act.Permalink, act.ReactionKind, act.RawPointer,
        .. act.Attachments.SelectMany(a => new[] { a.NativeId, a.FileName, a.MediaType, a.Url, a.ArchivePath, a.AltText }),
    ];

    private static bool IsWhole(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0') return false;
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return false;
            i++;
        }

        return true;
    }

    private static string Said(ReadAct read) => read switch
    {
        ReadAct.Accepted(var act, var place) => new StringBuilder().AppendJoin('\u001F', [$"{place} {act.Act} {act.Kind} {act.Audience} {act.OccurredAt:O} {act.EditedAt:O} {act.ActingParty}", .. Texts(act), .. act.Flags]).ToString(),
        ReadAct.Rejected(var place, var code, var detail) => $"{place} {code} {detail}",
        ReadAct.NotARecord(var place, var name) => $"{place} {name}",
        _ => "?",
    };
}
