using System.Text;
using ArchiveService.Capture.Archives;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Mastodon;

/// <summary>Where a step through the outbox came to.</summary>
internal enum OutboxStep
{
    Item,
    End,
    Broken,
    Truncated,
    OverLimit,
}

/// <summary>Walks an <c>OrderedCollection</c> item by item, wherever its count stands, without ever holding it whole.</summary>
internal sealed class Outbox(Func<Stream> open) : IDisposable
{
    private WatchedStream? counted;
    private JsonPieces? pieces;
    private bool amongItems;
    private bool first = true;

    /// <summary>What <c>totalItems</c> says, once it has been passed.</summary>
    public long? Declared { get; private set; }

    /// <summary>Whether <c>orderedItems</c> has been seen at all.</summary>
    public bool HasItems { get; private set; }

    public long BytesRead => counted?.Count ?? 0;

    /// <summary>Reads up to the first item.</summary>
    public Task<OutboxStep> Begin(CancellationToken ct) => Guarded(async () =>
    {
        counted = new WatchedStream(open());
        pieces = new JsonPieces(counted);
        if (await pieces.Peek(ct) != '{') return OutboxStep.Broken;
        pieces.Skip();
        return await Members(ct);
    });

    /// <summary>The next item, or why there is none.</summary>
    public async Task<(OutboxStep Step, Piece Piece)> Next(CancellationToken ct)
    {
        var item = default(Piece);
        var step = await Guarded(async () =>
        {
            if (!amongItems) return OutboxStep.End;
            var next = await pieces!.Peek(ct);
            if (next == ']' && first) return await Leave(ct);
            item = await pieces.ReadValue(CaptureLimits.MaxLineBytes, ct);
            first = false;
            return item.End == PieceEnd.Truncated ? OutboxStep.Truncated : OutboxStep.Item;
        });
        return (step, item);
    }

    /// <summary>Takes what stands between two items; what comes after the last is read for the count.</summary>
    public Task<OutboxStep> Pass(CancellationToken ct) => Guarded(async () =>
    {
        var next = await pieces!.Peek(ct);
        if (next == ']') return await Leave(ct);
        if (next < 0) return OutboxStep.Truncated;
        if (next != ',') return OutboxStep.Broken;
        pieces.Skip();
        return OutboxStep.Item;
    });

    /// <summary>Reads to the very end, where a check sum is looked at; false when it is wrong.</summary>
    public async Task<bool> EndsWell(CancellationToken ct) => await Guarded(async () =>
    {
        await counted!.CopyToAsync(Stream.Null, ct);
        return OutboxStep.End;
    }) == OutboxStep.End;

    public void Dispose() => counted?.Dispose();

    private async Task<OutboxStep> Leave(CancellationToken ct)
    {
        pieces!.Skip();
        amongItems = false;
        var next = await pieces.Peek(ct);
        if (next == ',') pieces.Skip();
        return next switch
        {
            ',' => await Members(ct),
            '}' => OutboxStep.End,
            < 0 => OutboxStep.Truncated,
            _ => OutboxStep.Broken,
        };
    }

    /// <summary>Reads members until the items begin or the object ends.</summary>
    private async Task<OutboxStep> Members(CancellationToken ct)
    {
        while (true)
        {
            var next = await pieces!.Peek(ct);
            if (next == '}') return OutboxStep.End;
            if (next != '"') return next < 0 ? OutboxStep.Truncated : OutboxStep.Broken;
            var name = await pieces.ReadValue(CaptureLimits.MaxLineBytes, ct);
            if (await pieces.Peek(ct) != ':') return name.End == PieceEnd.Truncated ? OutboxStep.Truncated : OutboxStep.Broken;
            pieces.Skip();
            if (name.Bytes.AsSpan().SequenceEqual("\"orderedItems\""u8) && !HasItems && await pieces.Peek(ct) == '[')
            {
                pieces.Skip();
                HasItems = amongItems = true;
                return OutboxStep.Item;
            }

            var value = await pieces.ReadValue(CaptureLimits.MaxLineBytes, ct);
            if (value.End == PieceEnd.Truncated) return OutboxStep.Truncated;
            if (name.Bytes.AsSpan().SequenceEqual("\"totalItems\""u8) && long.TryParse(Encoding.ASCII.GetString(value.Bytes), System.Globalization.CultureInfo.InvariantCulture, out var declared)) Declared = declared;
            if (await pieces.Peek(ct) == ',') pieces.Skip();
        }
    }

    private static async Task<OutboxStep> Guarded(Func<Task<OutboxStep>> step)
    {
        try
        {
            return await step();
        }
        catch (ArchiveLimitException)
        {
            return OutboxStep.OverLimit;
        }
        catch (Exception damage) when (ArchiveFiles.IsDamage(damage))
        {
            return OutboxStep.Truncated;
        }
    }
}
