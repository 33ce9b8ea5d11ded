using ArchiveService.Access;
using ArchiveService.Features.Disclosures;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Seed;

/// <summary>Three requests for documents: one under examination with a record masked, one given out, one refused by a decision.</summary>
public sealed class DemoDisclosures(ReceiveRequestHandler receive, Requests requests, SealedLog log, Databases databases, TimeProvider clock)
{
    private const string Provision = "OSL 21 kap. 1 §";

    /// <summary>How many things were done now.</summary>
    internal async Task<int> Run(string code, Guid authority, IReadOnlyDictionary<string, Caller> staff, CancellationToken ct)
    {
        var rut = staff["rut"];
        var before = await Events(authority, ct);
        var records = await Records(authority, ct);
        if (records.Count < 4) return 0;
        await UnderExamination(await Request(code, authority, "visit", "Allt som skrivits i kommunens kanaler om snöröjningen vid förskolan i våras.", rut, ct), records[0], records[1], rut, ct);
        await GivenOut(await Request(code, authority, "phone", "Synpunkten om belysningen och vad kommunen svarade.", rut, ct), records[2], rut, ct);
        await RefusedOut(await Request(code, authority, "letter", "Meddelandet om en namngiven persons hälsa.", rut, ct), records[3], rut, ct);
        return await Events(authority, ct) - before;
    }

    /// <summary>Each came in another way, by which it is known again.</summary>
    private async Task<Guid> Request(string code, Guid authority, string channel, string asked, Caller rut, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select request_id from archive.disclosure_requests where authority_id = $1 and channel = $2 order by noted_at limit 1");
        query.Parameters.Add(new() { Value = authority });
        query.Parameters.Add(new() { Value = channel });
        if (await query.ExecuteScalarAsync(ct) is Guid known) return known;
        var (id, _, outcome) = await receive.Receive(new(code, asked, "copy", null, channel), rut, ct);
        Must(outcome);
        return id;
    }

    private async Task UnderExamination(Guid id, Guid masked, Guid begun, Caller rut, CancellationToken ct)
    {
        if ((await State(id, ct)).Items.Count == 0) Must(await requests.Add(id, new([masked, begun]), default, rut, ct));
        if (await Text(masked, ct) is not { } text) return;
        await Examine(id, masked, rut, ct);
        if ((await State(id, ct)).Find(masked) is { Masks: 0 })
            Must(await requests.Mask(id, masked, new([new(null, Parts.AuthorDisplayName, null, null, Provision)], [new(text, Provision)]), default, rut, ct));
        if ((await State(id, ct)).Find(masked) is { Outcome: null }) Must(await requests.DecideItem(id, masked, new("mask"), default, rut, ct));
        if ((await State(id, ct)).Find(begun) is { Steps.Count: 0 }) Must(await requests.Examine(id, begun, new("provision", "possible", Provision), default, rut, ct));
    }

    private async Task GivenOut(Guid id, Guid record, Caller rut, CancellationToken ct)
    {
        var state = await State(id, ct);
        if (state.Items.Count == 0) Must(await requests.Add(id, new([record]), default, rut, ct));
        if (state.ClosedAt is not null) return;
        state = await State(id, ct);
        if (state.Find(record) is { Steps.Count: 0 }) Must(await requests.Examine(id, record, new("provision", "none"), default, rut, ct));
        if (state.Find(record) is { Outcome: null }) Must(await requests.DecideItem(id, record, new("disclose"), default, rut, ct));
        Must(await requests.Deliver(id, new("copy", Pages: 3), default, rut, ct));
    }

    private async Task RefusedOut(Guid id, Guid record, Caller rut, CancellationToken ct)
    {
        if ((await State(id, ct)).Items.Count == 0) Must(await requests.Add(id, new([record]), default, rut, ct));
        await Examine(id, record, rut, ct);
        var state = await State(id, ct);
        if (state.Find(record) is { Outcome: null, Refused: false }) Must(await requests.DecideItem(id, record, new("refuse", NothingCanBeGiven: true), default, rut, ct));
        if (state.Answer is null) Must(await requests.Decline(id, new("Uppgifter om någons hälsa omfattas av sekretess enligt OSL 21 kap. 1 §, och det kan antas att den enskilde lider men om de röjs.", true), default, rut, ct));
        if (state.DecisionDemandedAt is null) Must(await requests.Demand(id, new(), default, rut, ct));
        if (state.Decision is null)
            Must(await requests.Refuse(id, new("Meddelandet handlar om en enskilds hälsa. Uppgifterna skyddas av OSL 21 kap. 1 §, och det måste antas att den enskilde lider betydande men om de röjs. Ingen del kan lämnas ut utan att det röjs vem det gäller.", "Registrator"), default, rut, ct));
        if (state.AppealBy is null) Must(await requests.Serve(id, new(Swedish.Day(clock.GetUtcNow())), default, rut, ct));
    }

    private async Task Examine(Guid id, Guid record, Caller rut, CancellationToken ct)
    {
        TakeStep[] steps =
        [
            new("provision", "possible", Provision), new("protects", "individual"), new("harm", "harm", Test: "open", Note: "Den som skrev nämner sin sjukdom. Det måste antas att hen lider betydande men om det röjs."), new("waiver", "none"),
        ];
        foreach (var step in steps)
        {
            if ((await State(id, ct)).Find(record) is not { Outcome: null, Delivered: false, Refused: false } item || item.Of(ExaminationWords.Steps.First(s => s.Word == step.Step).Step) is not null) continue;
            Must(await requests.Examine(id, record, step, default, rut, ct));
        }
    }

    private async Task<DisclosureState> State(Guid id, CancellationToken ct) => DisclosureState.From(await log.Store.ReadStream(id, ct: ct));

    /// <summary>The first word of the text that is long enough to be worth hiding.</summary>
    private async Task<string?> Text(Guid record, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(record, ct: ct);
        var text = (await log.Open(history, ct)).Values.Select(o => o.Parts?[Parts.Text]).FirstOrDefault(t => t is not null);
        return text?.Split(' ', '.', ',', '!', '?').FirstOrDefault(w => w.Length > 5);
    }

    /// <summary>Open ones in cases, that no rule lets go yet.</summary>
    private async Task<List<Guid>> Records(Guid authority, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand(
            "select record_id from archive.record_states where authority_id = $1 and wall = 'open' and disposed_at is null and direction = 'received' and registration = 'registered' order by received_at, record_id limit 4");
        query.Parameters.Add(new() { Value = authority });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<Guid>();
        while (await rows.ReadAsync(ct)) found.Add(rows.GetGuid(0));
        return found;
    }

    private async Task<int> Events(Guid authority, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select coalesce(sum(s.version), 0)::int from archive.disclosure_requests r join archive.mt_streams s on s.id = r.request_id where r.authority_id = $1");
        query.Parameters.Add(new() { Value = authority });
        return (int)(await query.ExecuteScalarAsync(ct))!;
    }

    private static void Must(Outcome outcome) => DemoArchive.Must((outcome as Outcome.Refused)?.Why);
}
