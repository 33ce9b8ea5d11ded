using System.Runtime.CompilerServices;
using System.Text;

namespace ArchiveService.Capture.Mastodon;

/// <summary>One event of Mastodon's stream (SSE), or a sign of life.</summary>
/// <param name="Name">Such as <c>update</c> or <c>delete</c>; null for a comment line, which only says that the stream is alive.</param>
/// <param name="Data">What came with it.</param>
/// <param name="Raw">The event's own lines, as they came.</param>
public sealed record MastodonEvent(string? Name, string Data, ReadOnlyMemory<byte> Raw)
{
    /// <summary>A comment line.</summary>
    public static MastodonEvent Alive { get; } = new(null, "", ReadOnlyMemory<byte>.Empty);
}

/// <summary>Cuts a stream of server-sent events into events, however its bytes are split over reads.</summary>
public static class MastodonEvents
{
    /// <summary>The longest event; a longer one is left out, and what follows it is read.</summary>
    public const int MaxEvent = 4 * 1024 * 1024;

    /// <summary>The events in order, until the stream ends. An event that was broken off in the middle is not one.</summary>
    public static async IAsyncEnumerable<MastodonEvent> Read(Stream stream, [EnumeratorCancellation] CancellationToken ct = default)
    {
        var block = new byte[16 * 1024];
        var cutter = new Cutter();
        while (true)
        {
            var count = await stream.ReadAsync(block, ct);
            if (count == 0) yield break;
            foreach (var happened in cutter.Feed(block.AsMemory(0, count))) yield return happened;
        }
    }

    /// <summary>One event of the stream as it was kept: the same results as its content has in an answer.</summary>
    public static IReadOnlyList<ReadAct> ReadOne(ReadOnlyMemory<byte> body, MastodonAround around, DateTimeOffset? now)
    {
        var cutter = new Cutter();
        var events = cutter.Feed(body).Concat(cutter.Feed("\n\n"u8.ToArray())).Where(e => e.Name is not null).ToList();
        return events is [var one]
            ? one.Name switch
            {
                "update" or "status.update" or "notification" or "conversation" => MastodonAnswer.Read(Encoding.UTF8.GetBytes(one.Data), around, now),
                "delete" => [Deleted(one, around)],
                var other => [new ReadAct.NotARecord(1, other!)],
            }
            : [new ReadAct.Rejected(1, RefusalCodes.WrongType, "Not one event of a stream.")];
    }

    /// <summary>A deletion names the status by the server's own id alone; who listened knew which item that is, or that it is none of the channel's.</summary>
    private static ReadAct Deleted(MastodonEvent deleted, MastodonAround around) => around.Item is not { } item
        ? new ReadAct.NotARecord(1, "delete")
        : new ReadAct.Accepted(
            new CapturedAct
            {
                Act = ActKind.Delete,
                NativeActName = "delete",
                NativeId = item,
                IdKind = "uri",
                OccurredAtSource = "none",
                Audience = Audience.Direct,
                Raw = deleted.Raw,
                RawPointer = "",
            },
            1);

    private sealed class Cutter
    {
        private readonly List<byte> line = [];
        private readonly List<byte> raw = [];
        private readonly StringBuilder data = new();
        private string? name;
        private bool hasData;
        private bool tooLong;
        private bool afterReturn;

        public IEnumerable<MastodonEvent> Feed(ReadOnlyMemory<byte> bytes)
        {
            for (var i = 0; i < bytes.Length; i++)
            {
                var next = bytes.Span[i];
                if (next == (byte)'\n' && afterReturn)
                {
                    afterReturn = false;
                    continue;
                }

                afterReturn = next == (byte)'\r';
                if (next is not ((byte)'\n' or (byte)'\r'))
                {
                    if (line.Count + raw.Count < MaxEvent) line.Add(next);
                    else tooLong = true;
                    continue;
                }

                if (Line() is { } happened) yield return happened;
            }
        }

        private MastodonEvent? Line()
        {
            var written = line.ToArray();
            line.Clear();
            if (written.Length == 0) return End();
            if (written[0] == (byte)':') return MastodonEvent.Alive;
            if (!tooLong)
            {
                raw.AddRange(written);
                raw.Add((byte)'\n');
            }

            var colon = Array.IndexOf(written, (byte)':');
            var field = Encoding.UTF8.GetString(colon < 0 ? written : written.AsSpan(0, colon));
            var value = colon < 0 ? "" : Encoding.UTF8.GetString(written.AsSpan(colon + 1));
            if (value.StartsWith(' ')) value = value[1..];
            if (field == "event")
            {
                name = value;
            }
            else if (field == "data")
            {
                if (hasData) data.Append('\n');
                data.Append(value);
                hasData = true;
            }

            return null;
        }

        private MastodonEvent? End()
        {
            var happened = tooLong || (!hasData && name is null) ? null : new MastodonEvent(name ?? "message", data.ToString(), raw.ToArray());
            raw.Clear();
            data.Clear();
            (name, hasData, tooLong) = (null, false, false);
            return happened;
        }
    }
}
