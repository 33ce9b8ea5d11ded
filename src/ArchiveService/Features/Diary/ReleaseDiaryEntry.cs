using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Registration = ArchiveService.Features.Records.Registration;

namespace ArchiveService.Features.Diary;

/// <summary>
/// A registrator has examined the entry: sender and matter may stand in the public diary until the record is marked secret. Its attachments only when they
/// are named here; what each shows stands sealed, for those who do not see it. Again with others: those instead.
/// Written before attachments could be released it names none.
/// </summary>
[EventName("diary_entry_released")]
public sealed record DiaryEntryReleased(int PolicyVersion, IReadOnlyList<Guid>? Attachments = null) : RecordEvent;

/// <summary>Sender and matter are kept apart from the public diary again (OSL 5:2).</summary>
[EventName("diary_entry_withheld")]
public sealed record DiaryEntryWithheld(int PolicyVersion) : RecordEvent;

/// <param name="Text">What the file shows, for those who do not see it. Absent: what the sender wrote of it.</param>
public sealed record ReleasedAttachment(Guid Id, string? Text = null);

public sealed record ReleaseAttachments(IReadOnlyList<ReleasedAttachment>? Attachments);

/// <summary>What everybody may read of a registration: by default date and number only; the third and fourth facts when somebody has examined them.</summary>
/// <param name="Attachments">The files that are shown too, each by a choice of its own. Absent: as it is, which at first is none.</param>
public sealed record ReleaseDiaryEntry(bool Release, IReadOnlyList<ReleasedAttachment>? Attachments = null)
{
    public const int LongestText = 500;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/records/{id:guid}/release", async (Guid id, ReleaseAttachments? files, IfMatch expected, Caller caller, ReleaseDiaryEntryHandler handler, CancellationToken ct) =>
            (await handler.Decide(id, new(true, files?.Attachments), expected, caller, ct)).Answer()).WithName("release-diary-entry");
        routes.MapPost("/api/v1/records/{id:guid}/withhold", async (Guid id, IfMatch expected, Caller caller, ReleaseDiaryEntryHandler handler, CancellationToken ct) =>
            (await handler.Decide(id, new(false), expected, caller, ct)).Answer()).WithName("withhold-diary-entry");
    }

    /// <summary>Pure. <paramref name="personalNumber"/>: the sender or the matter holds one, which no public diary shows.</summary>
    /// <param name="files">The record's files, as far as they are stored.</param>
    public Decision Decide(RecordState state, Policy policy, bool personalNumber, IReadOnlyList<EntryFile>? files = null)
    {
        if (state.Registration != Registration.Registered) return new Refusal("not-registered", "Handlingen är inte registrerad, så den har ingen anteckning i diariet.");
        if (state.RegisteredWith is not null) return RegisterThread.CarriedByLead;
        if (!Release) return state.DiaryReleased ? new Happened(new DiaryEntryWithheld(policy.Version)) : Decision.Nothing;
        if (state.DiaryReleased && (Attachments is null || (Attachments.Count == 0 && state.PublicAttachments.IsEmpty))) return Decision.Nothing;
        if (state.Locked) return RestrictContent.Refused("Avsändare och sak får inte visas i det publika diariet.");
        if (state.Wall != Wall.Open) return new Refusal("secrecy-possible", "Handlingen är sekretessmarkerad eller inte bedömd. Avsändare och sak får inte visas (OSL 5 kap. 2 §).");
        if (personalNumber) return new Refusal("personal-number", "Avsändaren eller saken innehåller ett personnummer. Det får inte stå i det publika diariet.");
        if (Attachments is not { Count: > 0 }) return new Happened(new DiaryEntryReleased(policy.Version, Attachments is null ? null : []));

        var texts = new Parts();
        foreach (var shown in Attachments)
        {
            if (files?.FirstOrDefault(f => f.Id == shown.Id) is not { } file || !state.AttachmentsStored.Contains(shown.Id)) return Refusal.Unknown("attachment", "Bilagan finns inte hos handlingen, eller så är den inte hämtad.");
            if (file.MediaType == MediaTypes.Unknown) return new Refusal("attachment-untyped", "Vad det är för slags fil går inte att känna igen. Den visas inte för alla; lämna ut den på begäran i stället.");
            var text = string.IsNullOrWhiteSpace(shown.Text) ? file.CapturedText?.Trim() : shown.Text.Trim();
            if (text is { Length: > LongestText }) return Refusal.Input("attachment-text-too-long", $"Beskrivningen av en bilaga får vara högst {LongestText} tecken.");

            // Lagen om tillgänglighet till digital offentlig service 10 §: what is shown is also said.
            if (string.IsNullOrEmpty(text) && file.MediaType.StartsWith("image/", StringComparison.Ordinal)) return Refusal.Input("attachment-text-missing", "Beskriv vad bilden visar, för den som inte ser den.");
            if (SecrecyHints.Any(text)) return new Refusal("personal-number", "Beskrivningen av bilagan innehåller ett personnummer. Det får inte stå i det publika diariet.");
            texts.With(Parts.AttachmentAltText(shown.Id), text);
        }

        var released = new DiaryEntryReleased(policy.Version, [.. Attachments.Select(a => a.Id).Distinct()]);
        return texts.All.Any() ? new Happened(released, KeyClass.Register, texts) : new Happened(released);
    }
}

public sealed class ReleaseDiaryEntryHandler(Features.Records.Records records, AuthorityRegister authorities, DiaryViews diary, EntryFiles files)
{
    public async Task<Outcome> Decide(Guid id, ReleaseDiaryEntry command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } seen) return Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den.");
        if (!caller.May(seen.Authority, Role.Registrator)) return Refusal.NotAllowed("Bara en registrator får bestämma vad det publika diariet visar.");
        var policy = (await authorities.Find(seen.Authority, ct))!.Policy;
        var facts = await diary.FactsOf(id, caller, ct);
        if (command.Release && facts is null && seen.Registration == Registration.Registered && seen.Wall == Wall.Open && seen.RegisteredWith is null)
            return new Refusal("view-behind", "Diariet har inte hunnit visa registreringen än. Försök igen om en stund.", StatusCodes.Status503ServiceUnavailable);
        var known = command is { Release: true, Attachments.Count: > 0 } ? await files.Of(id, ct) : null;
        return await records.Decide(id, expected, caller, state => command.Decide(state, policy, facts is { HoldsPersonalNumber: true }, known), ct: ct);
    }
}
