using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Registration = ArchiveService.Features.Records.Registration;

namespace ArchiveService.Features.Diary;

/// <summary>A registrator has examined the entry: sender and matter may stand in the public diary until the record is marked secret.</summary>
[EventName("diary_entry_released")]
public sealed record DiaryEntryReleased(int PolicyVersion) : RecordEvent;

/// <summary>Sender and matter are kept apart from the public diary again (OSL 5:2).</summary>
[EventName("diary_entry_withheld")]
public sealed record DiaryEntryWithheld(int PolicyVersion) : RecordEvent;

/// <summary>What everybody may read of a registration: by default date and number only; the third and fourth facts when somebody has examined them.</summary>
public sealed record ReleaseDiaryEntry(bool Release)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/records/{id:guid}/release", async (Guid id, IfMatch expected, Caller caller, ReleaseDiaryEntryHandler handler, CancellationToken ct) =>
            (await handler.Decide(id, new(true), expected, caller, ct)).Answer()).WithName("release-diary-entry");
        routes.MapPost("/api/v1/records/{id:guid}/withhold", async (Guid id, IfMatch expected, Caller caller, ReleaseDiaryEntryHandler handler, CancellationToken ct) =>
            (await handler.Decide(id, new(false), expected, caller, ct)).Answer()).WithName("withhold-diary-entry");
    }

    /// <summary>Pure. <paramref name="personalNumber"/>: the sender or the matter holds one, which no public diary shows.</summary>
    public Decision Decide(RecordState state, Policy policy, bool personalNumber)
    {
        if (state.Registration != Registration.Registered) return new Refusal("not-registered", "Handlingen är inte registrerad, så den har ingen anteckning i diariet.");
        if (state.RegisteredWith is not null) return RegisterThread.CarriedByLead;
        if (!Release) return state.DiaryReleased ? new Happened(new DiaryEntryWithheld(policy.Version)) : Decision.Nothing;
        if (state.DiaryReleased) return Decision.Nothing;
        if (state.Locked) return RestrictContent.Refused("Avsändare och sak får inte visas i det publika diariet.");
        if (state.Wall != Wall.Open) return new Refusal("secrecy-possible", "Handlingen är sekretessmarkerad eller inte bedömd. Avsändare och sak får inte visas (OSL 5 kap. 2 §).");
        return personalNumber
            ? new Refusal("personal-number", "Avsändaren eller saken innehåller ett personnummer. Det får inte stå i det publika diariet.")
            : new Happened(new DiaryEntryReleased(policy.Version));
    }
}

public sealed class ReleaseDiaryEntryHandler(Features.Records.Records records, AuthorityRegister authorities, DiaryViews diary)
{
    public async Task<Outcome> Decide(Guid id, ReleaseDiaryEntry command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } seen) return Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den.");
        if (!caller.May(seen.Authority, Role.Registrator)) return Refusal.NotAllowed("Bara en registrator får bestämma vad det publika diariet visar.");
        var policy = (await authorities.Find(seen.Authority, ct))!.Policy;
        var facts = await diary.FactsOf(id, caller, ct);
        if (command.Release && facts is null && seen.Registration == Registration.Registered && seen.Wall == Wall.Open && seen.RegisteredWith is null)
            return new Refusal("view-behind", "Diariet har inte hunnit visa registreringen än. Försök igen om en stund.", StatusCodes.Status503ServiceUnavailable);
        return await records.Decide(id, expected, caller, state => command.Decide(state, policy, facts is { HoldsPersonalNumber: true }), ct: ct);
    }
}
