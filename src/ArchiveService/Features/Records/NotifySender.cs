using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Records;

/// <summary>Whoever wrote what was taken down has been told, then or afterwards (removal.notice; N-12): what was said, when and how.</summary>
/// <param name="SentAt">Absent: now.</param>
/// <param name="Means">How: a message on the platform, a comment in the thread, a letter.</param>
public sealed record NotifySender(string? Text, DateTimeOffset? SentAt, string? Means)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/records/{id:guid}/notify-sender", async (Guid id, NotifySender command, IfMatch expected, Caller caller, RecordMeasures handler, CancellationToken ct) =>
            (await handler.Notify(id, command, expected, caller, ct)).Answer()).WithName("notify-sender");

    public Decision Decide(RecordState state, Policy policy, DateTimeOffset now)
    {
        if (!state.TakenDownByAuthority) return new Refusal("not-taken-down", "Myndigheten har inte tagit ned innehållet, så det finns inget att lämna besked om.");
        if (Text?.Trim() is not { Length: > 0 and <= 5000 } text) return Refusal.Input("text-missing", "Skriv vad avsändaren fick veta, högst 5000 tecken.");
        if (Means is { Length: > 200 }) return Refusal.Input("means-too-long", "Sättet får vara högst 200 tecken.");
        if (SentAt > now.AddMinutes(5)) return Refusal.Input("sent-in-the-future", "Beskedet kan inte ha lämnats i framtiden.");
        return new Happened(new NoticeSent(SentAt ?? now, policy.Version), KeyClass.Register, new Parts().With("note", text).With("means", string.IsNullOrWhiteSpace(Means) ? null : Means.Trim()));
    }
}
