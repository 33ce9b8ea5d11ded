using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Retention;

/// <summary>A hold as it is listed: what it covers, on what ground, who placed and lifted it, and what it rests on.</summary>
/// <param name="Covers">Undisposed records it covers now, of those the reader may know of.</param>
/// <param name="Mandate">What it rests on; null where none was given.</param>
public sealed record HoldListed(
    Guid Id, Guid Authority, HoldKind Kind, Guid Target, string Ground, DateTimeOffset PlacedAt, DateTimeOffset? LiftedAt, HoldFilter? Search, long Covers,
    string? Reason, string? Mandate, Guid? PlacedBy, string? PlacedByName);

/// <summary>What holds by itself, because something is going on: nobody places it, and it ends when that does.</summary>
/// <param name="Sources">Open cases, or requests that wait.</param>
/// <param name="Covers">Undisposed records held by them, of those the reader may know of.</param>
public sealed record AutomaticHolds(string Ground, long Sources, long Covers);

/// <summary>The holds for people: those that are placed, and those that stand by themselves.</summary>
public sealed class HoldList(Databases databases, SealedLog log)
{
    private const string Open = "(s.wall = 'open' or (s.wall = 'secret' and ($2::uuid[] is null or s.authority_id = any ($2))) or (s.wall = 'unassessed' and ($3::uuid[] is null or s.authority_id = any ($3))))";

    // As HoldsInForce: that something behind a wall is held tells that it is there.
    private const string Known = $"""
        case h.kind when 'record' then exists (select from archive.record_states s where s.record_id = h.target_id and {Open})
                    when 'account' then exists (select from archive.record_states s where s.account_id = h.target_id and {Open})
                      or exists (select from archive.record_states s where s.account_id = h.target_id and s.direction = 'drawnUp')
                    when 'search' then h.accounts is null or not exists (
                      select from unnest(h.accounts) a(id) where not exists (select from archive.record_states s where s.account_id = a.id and (s.direction = 'drawnUp' or {Open})))
                    else true end
        """;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/v1/holds", async (Caller caller, HoldList list, AuthorityRegister authorities, CancellationToken ct, string? authority = null, bool lifted = false) =>
        {
            var seen = caller.AuthoritiesWith(Worklist.Readers);
            if (caller.IsService || seen is []) return Problems.Refused(Refusal.NotAllowed("Bara arkivarie, registrator, chef och granskare ser gallringsstoppen."));
            if (authority is not null)
            {
                if (await authorities.Find(authority, ct) is not { } one || (seen is not null && !seen.Contains(one.Id)))
                    return Problems.Refused(Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {authority}."));
                seen = [one.Id];
            }

            return (IResult)TypedResults.Ok(new { items = await list.Of(seen, lifted, caller, ct), automatic = await list.Automatic(seen, caller, ct) });
        })
        .WithName("holds");

    /// <summary>How many undisposed records the hold of the row <c>h</c> covers.</summary>
    internal static string CoveredBy(string known) => $"""
        case h.kind
          when 'record' then (select count(*) from archive.record_states s where s.disposed_at is null and s.record_id = h.target_id and {known})
          when 'case' then (select count(*) from archive.record_states s where s.disposed_at is null and s.case_id = h.target_id and {known})
          when 'account' then (select count(*) from archive.record_states s where s.disposed_at is null and s.account_id = h.target_id and s.authority_id = h.authority_id and {known})
          else (select count(*) from archive.record_states s where s.disposed_at is null and s.authority_id = h.authority_id and archive.search_covers(h, s) and {known})
        end
        """;

    /// <param name="lifted">The last hundred that were lifted, instead of those that stand.</param>
    public async Task<IReadOnlyList<HoldListed>> Of(IReadOnlyList<Guid>? authorities, bool lifted, Caller caller, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand($"""
            select h.hold_id, h.authority_id, h.kind, h.target_id, h.ground, h.placed_at, h.lifted_at, h.channels, h.record_types, h.directions, h.visibilities, h.registrations, h.accounts,
                   h.received_from, h.received_to, {CoveredBy(Open)}
            from archive.holds h
            where (h.lifted_at is not null) = $4 and ($1::uuid[] is null or h.authority_id = any ($1)) and {Known}
            order by coalesce(h.lifted_at, h.placed_at) desc, h.hold_id limit case when $4 then 100 end
            """);
        Reader(query, authorities, caller);
        query.Parameters.Add(new() { Value = lifted });
        var found = new List<HoldListed>();
        await using (var rows = await query.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct))
            {
                var kind = Words.HoldKinds[rows.GetString(2)];
                var filter = kind is not HoldKind.Search ? null : new HoldFilter(
                    Ids(rows, 7), Codes(rows, 8), Codes(rows, 9), Codes(rows, 10), Codes(rows, 11), Ids(rows, 12), Day(rows, 13), Day(rows, 14));
                found.Add(new(
                    rows.GetGuid(0), rows.GetGuid(1), kind, rows.GetGuid(3), rows.GetString(4), rows.GetFieldValue<DateTimeOffset>(5), rows.IsDBNull(6) ? null : rows.GetFieldValue<DateTimeOffset>(6),
                    filter, rows.GetInt64(15), null, null, null, null));
            }
        }

        return await Told(found, ct);
    }

    /// <summary>By ground, where anything is held.</summary>
    public async Task<IReadOnlyList<AutomaticHolds>> Automatic(IReadOnlyList<Guid>? authorities, Caller caller, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand($"""
            select 'open-case', count(distinct c.case_id), count(*) from archive.cases c join archive.record_states s using (case_id)
            where c.closed_at is null and c.voided_at is null and c.collective is null and s.disposed_at is null and ($1::uuid[] is null or c.authority_id = any ($1)) and {Open}
            union all
            select 'disclosure-request', count(distinct i.request_id), count(distinct s.record_id) from archive.disclosure_items i join archive.record_states s on s.record_id = i.target_id or s.case_id = i.target_id
            where i.released_at is null and s.disposed_at is null and ($1::uuid[] is null or i.authority_id = any ($1)) and {Open}
            union all
            select 'data-subject-request', count(distinct l.request_id), count(distinct s.record_id) from archive.subject_links l
            join archive.record_states s on s.authority_id = l.authority_id and (s.account_id = l.target_id or s.case_id = l.target_id)
            where l.released_at is null and s.disposed_at is null and ($1::uuid[] is null or l.authority_id = any ($1)) and {Open}
            """);
        Reader(query, authorities, caller);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<AutomaticHolds>();
        while (await rows.ReadAsync(ct))
        {
            if (rows.GetInt64(1) > 0) found.Add(new(rows.GetString(0), rows.GetInt64(1), rows.GetInt64(2)));
        }

        return found;
    }

    /// <summary>What a filter asks, in words.</summary>
    public static string Said(HoldFilter filter, IReadOnlyDictionary<Guid, string> channels)
    {
        static string? Of(IReadOnlyList<string>? codes, IReadOnlyDictionary<string, string> words) => codes is null ? null : string.Join(" eller ", codes.Select(c => words.Said(c)));
        var period = (filter.From, filter.To) switch
        {
            ({ } from, { } to) => $"{Swedish.Date(from)} – {Swedish.Date(to)}",
            ({ } from, null) => $"från {Swedish.Date(from)}",
            (null, { } to) => $"till och med {Swedish.Date(to)}",
            _ => null,
        };
        return Swedish.Sentence(string.Join("; ", new[]
        {
            Of(filter.RecordTypes, Words.RecordTypes), Of(filter.Directions, Words.Directions), Of(filter.Visibilities, Words.Visibilities), Of(filter.Registrations, Words.Registrations),
            filter.Channels is { } some ? "i " + string.Join(" eller ", some.Select(c => channels.GetValueOrDefault(c, "en kanal"))) : null,
            filter.Accounts is { Count: var accounts } ? accounts == 1 ? "från ett konto" : $"från {Swedish.InWords(accounts)} konton" : null,
            period,
        }.OfType<string>()));
    }

    private async Task<IReadOnlyList<HoldListed>> Told(List<HoldListed> found, CancellationToken ct)
    {
        var placed = new List<EventStore.Recorded>();
        foreach (var hold in found)
        {
            if (await log.Store.ReadStream(hold.Id, 1, upToVersion: 1, ct) is [var first, ..]) placed.Add(first);
        }

        var opened = await log.Open(placed, ct);
        var by = placed.ToDictionary(p => p.StreamId, p => (Parts: opened.GetValueOrDefault(p.Id)?.Parts, Actor: Guid.TryParse(p.Actor, out var actor) ? actor : (Guid?)null));
        var names = await Names([.. by.Values.Select(b => b.Actor).OfType<Guid>().Distinct()], ct);
        return [.. found.Select(h => by.TryGetValue(h.Id, out var first)
            ? h with { Reason = first.Parts?["reason"], Mandate = first.Parts?["mandate"], PlacedBy = first.Actor, PlacedByName = first.Actor is { } actor ? names.GetValueOrDefault(actor) : null }
            : h)];
    }

    private async Task<Dictionary<Guid, string>> Names(Guid[] persons, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("select person_id, name from views.persons where person_id = any ($1)");
        query.Parameters.Add(new() { Value = persons });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var names = new Dictionary<Guid, string>();
        while (await rows.ReadAsync(ct)) names[rows.GetGuid(0)] = rows.GetString(1);
        return names;
    }

    private static void Reader(NpgsqlCommand query, IReadOnlyList<Guid>? authorities, Caller caller)
    {
        query.Parameters.Add(RetentionRegister.Authorities(authorities));
        query.Parameters.Add(RetentionRegister.Authorities(caller.ReadsSecretsOf));
        query.Parameters.Add(RetentionRegister.Authorities(caller.IsService ? [] : caller.AuthoritiesWith(Role.Moderator, Role.Registrator)));
    }

    private static IReadOnlyList<Guid>? Ids(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<Guid[]>(column);

    private static IReadOnlyList<string>? Codes(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<string[]>(column);

    private static DateOnly? Day(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateOnly>(column);
}
