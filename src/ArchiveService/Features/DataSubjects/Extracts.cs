using ArchiveService.Capture;
using ArchiveService.EventStore;
using ArchiveService.Features.Accounts;
using ArchiveService.Features.ArchiveDescriptions;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Disclosures;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.DataSubjects;

/// <summary>A record of the person's as the inline tables have it.</summary>
public sealed record TheirRecord(Guid Id, string Wall, bool Locked, DateTimeOffset ReceivedAt, DateTimeOffset? DisposedAt, string? ChannelHandle, string Platform, Guid? Case, Guid? Account)
{
    public bool BehindWall => Wall != RecordStates.Stored(Records.Wall.Open);
}

/// <summary>
/// Gathers everything about one person at one authority from the log itself. What stands behind a wall is left out and counted until somebody cleared has examined it;
/// what is locked is always left out. Only for callers that see everything there: see <see cref="SubjectRequests.MayProduce"/>.
/// </summary>
public sealed class Extracts(SealedLog log, Databases databases, AuthorityRegister authorities, OriginalDocuments documents, SubjectRegister register, DescribeArchiveHandler descriptions, StaffNames staff)
{
    /// <summary>Acts on a record that are told, and what each is called; not what was thought about it, nor a report to the police (OSL 18 and 35 kap.).</summary>
    private static readonly Dictionary<string, string> ActsTold = new(StringComparer.Ordinal)
    {
        ["item_hidden"] = "Dolt i kanalen",
        ["item_unpublished"] = "Borttaget ur kanalen, bevarat här",
        ["item_deleted_from_channel"] = "Raderat i kanalen",
        ["item_restored"] = "Synligt i kanalen igen",
        ["record_registered"] = "Registrerat i diariet",
        ["record_joined_registration"] = "Registrerat i diariet med sin tråd",
        ["record_kept_ordered"] = "Hålls ordnat utan registrering",
        ["record_exempted"] = "Bedömt som av ringa betydelse",
        ["notice_sent"] = "Besked lämnat till avsändaren",
        ["record_answered"] = "Besvarat",
    };

    private static readonly Dictionary<string, string> RecipientsTold = new(StringComparer.Ordinal)
    {
        ["record_transferred"] = "Överlämnat till en annan myndighet i arkivet",
        ["record_routed"] = "Fört till en annan akt",
        ["record_forwarded"] = "Vidarebefordrat till den som frågan gäller",
        ["paper_copy_produced"] = "Utskrivet på papper till arkivet",
    };

    public async Task<Extract> Of(Guid id, SubjectState state, DateTimeOffset now, CancellationToken ct)
    {
        var authority = (await authorities.Find(state.Authority, ct))!;
        var (history, words) = await register.Told(id, ct);
        var theirs = await Theirs(state, ct);
        var accounts = await Accounts(state, words, ct);
        var shown = theirs.Where(r => !Withheld(state, r)).ToList();
        var subjects = await Subjects(shown, ct);
        var acts = await Acts(shown, ct);
        var rules = await Retention(shown, ct);
        var disclosed = await Disclosed(shown, ct);
        var replies = await Replies(authority.Id, shown, ct);
        var names = accounts.SelectMany(a => a.Names).ToList();
        var mentions = await Mentions(authority.Id, state, names, ct);
        IReadOnlyList<Guid> threads = [.. replies.SelectMany(r => new[] { r.Root, r.Parent }).Concat(mentions.Select(m => m.Root)).Distinct()];
        var masked = new OthersMasked(
            [.. names.Select(n => n.Name), .. names.Select(n => n.Handle), authority.Name, .. await OwnNames(authority.Id, ct)], await OthersIn(authority.Id, threads, state.Accounts, ct));

        var records = new List<ExtractRecord>();
        var files = new List<OwnFile>();
        var originals = await Originals(shown, ct);
        var texts = await Texts(shown, originals, replies, mentions, ct);
        var marked = (await Marked(authority, state, shown, texts, names, ct)).ToDictionary(m => m.Version);
        string? Said(Guid record, string? text) => text is null ? null : marked.Values.FirstOrDefault(m => m.Record == record) is { } own ? own.Shown : masked.Apply(text);
        foreach (var record in shown)
        {
            var document = originals.GetValueOrDefault(record.Id);
            files.AddRange((document?.Files ?? []).Select(f => new OwnFile(record.Id, f)));
            var of = acts.GetValueOrDefault(record.Id) ?? [];
            List<ExtractAct> recipients = [.. of.Where(a => RecipientsTold.ContainsKey(a.Name)).Select(a => new ExtractAct(a.At, RecipientsTold[a.Name])), .. (disclosed.GetValueOrDefault(record.Id) ?? [])];
            if (document is { State.DiaryReleased: true }) recipients.Add(new(document.State.ReceivedAt, "Avsändare och sak visas i det publika diariet"));
            records.Add(new(
                record.Id, RecordViewWords.Kind(RecordStates.Stored(document?.State.Kind ?? ItemKind.Unknown)), RecordViewWords.Platform(record.Platform), record.ChannelHandle, record.ReceivedAt, record.DisposedAt,
                document?.State.DiaryNumber is { } number ? RecordViewWords.DocumentNumber(number, document.State.DocumentNumber) : null, masked.Apply(subjects.GetValueOrDefault(record.Id).Subject),
                record.DisposedAt is null ? rules.GetValueOrDefault(record.Id) ?? "Bevaras. Inget gallringsbeslut gäller handlingen." : "Gallrad. Bara att den har funnits är kvar.",
                $"Från {RecordViewWords.Platform(record.Platform)}, där du själv skrev det",
                [.. (document?.Versions ?? []).Select(v => new ExtractVersion(v.At, marked.TryGetValue(v.EventId, out var text) ? text.Shown : null, v.Parts.GetValueOrDefault(Parts.AuthorDisplayName), v.Parts.GetValueOrDefault(Parts.AuthorHandle), v.Parts.GetValueOrDefault(Parts.Permalink)))],
                [.. (document?.Files ?? []).Select(f => new ExtractFile(f.Name, f.MediaType, f.Bytes))],
                [.. of.Where(a => ActsTold.ContainsKey(a.Name)).Select(a => new ExtractAct(a.At, ActsTold[a.Name]))], [.. recipients.OrderBy(r => r.At)],
                [.. replies.Where(r => r.Parent == record.Id).Select(r => new ExtractReply(r.Id, r.At, Said(r.Id, r.Text)))],
                [.. (await register.Supplements(record.Id, ct)).Select(s => s.Text).OfType<string>()], subjects.GetValueOrDefault(record.Id).Reactions));
        }

        var asked = words.GetValueOrDefault(history[0].Id)?.Parts;
        return new(
            Extract.FormName, state.Number, authority.Code, authority.Name, now, asked?["name"], await Information(authority, state, ct), accounts, records,
            [.. mentions.Select(m => m.Mention with { Text = Said(m.Record, m.Mention.Text) })], await Cases(state, shown, ct),
            [.. history.Where(h => h.Event is DataSubjectExtractProduced).Select(h => new ExtractAct(h.Time, SubjectWords.Said((DataSubjectRequestEvent)h.Event)))], theirs.Count - shown.Count)
        {
            OwnFiles = files,
            Undecided = marked.Values.Sum(m => m.Undecided),
            Opened = [.. shown.Where(r => r.BehindWall).Select(r => (r.Id, r.Wall))],
        };
    }

    /// <summary>The running texts that stand in the extract, with what the machine marks in them for whoever examines.</summary>
    public async Task<IReadOnlyList<MarkedVersion>> Marked(SubjectState state, CancellationToken ct)
    {
        var authority = (await authorities.Find(state.Authority, ct))!;
        var shown = (await Theirs(state, ct)).Where(r => !Withheld(state, r)).ToList();
        var names = (await Accounts(state, new Dictionary<Guid, Opened>(), ct)).SelectMany(a => a.Names).ToList();
        var texts = await Texts(shown, await Originals(shown, ct), await Replies(authority.Id, shown, ct), await Mentions(authority.Id, state, names, ct), ct);
        return await Marked(authority, state, shown, texts, names, ct);
    }

    /// <summary>A running text of the extract: every version of what the person wrote, and what the authority wrote to them or where it names them.</summary>
    private sealed record RunningText(Guid Record, Guid Version, DateTimeOffset At, string Text, string Wall);

    private async Task<IReadOnlyList<RunningText>> Texts(
        List<TheirRecord> shown, Dictionary<Guid, OriginalDocument> originals, List<Reply> replies, List<(Guid Root, Guid Record, ExtractMention Mention)> mentions, CancellationToken ct)
    {
        List<RunningText> texts =
        [
            .. shown.Where(r => originals.ContainsKey(r.Id)).SelectMany(r => originals[r.Id].Versions.Where(v => v.Parts.ContainsKey(Parts.Text)).Select(v => new RunningText(r.Id, v.EventId, v.At, v.Parts[Parts.Text], r.Wall))),
        ];
        foreach (var (record, at, text) in replies.Select(r => (r.Id, r.At, r.Text)).Concat(mentions.Select(m => (m.Record, m.Mention.At, m.Mention.Text))).DistinctBy(t => t.Item1))
        {
            if (text is null) continue;

            // What was decided holds for the version it was decided about.
            var version = (await documents.Open(record, ct))?.Versions.LastOrDefault(v => v.Parts.GetValueOrDefault(Parts.Text) is { } said && (said == text || RecordViewText.FromHtml(said) == text));
            texts.Add(new(record, version?.EventId ?? record, at, text, RecordStates.Stored(Wall.Open)));
        }

        return texts;
    }

    private async Task<IReadOnlyList<MarkedVersion>> Marked(Authority authority, SubjectState state, List<TheirRecord> shown, IReadOnlyList<RunningText> texts, List<ExtractName> names, CancellationToken ct)
    {
        if (texts.Count == 0) return [];
        var threads = await Read("select distinct coalesce(root_id, record_id) from views.all_records where record_id = any ($1)", row => row.GetGuid(0), ct, Ids([.. shown.Select(r => r.Id), .. texts.Select(t => t.Record)]));
        var known = await Read("""
            select unnest(array[n.name, n.handle]) from views.all_account_names n join views.all_accounts k using (account_id)
            where k.authority_id = $1 and not k.own and n.account_id <> all ($2) and lower(n.name) = any ($3)
            """, row => row.Text(0) ?? "", ct, new() { Value = authority.Id }, Ids(state.Accounts), new() { Value = TextMarks.Candidates(texts.Select(t => t.Text)).ToArray() });
        var marks = new TextMarks(
            [.. names.Select(n => n.Name), .. names.Select(n => n.Handle), authority.Name, .. await OwnNames(authority.Id, ct)],
            [.. await OthersIn(authority.Id, threads, state.Accounts, ct), .. known], await staff.All(ct));
        return
        [
            .. texts.Select(t =>
            {
                var found = marks.In(t.Text);
                return new MarkedVersion(
                    t.Record, t.Version, t.At, t.Text, t.Wall,
                    [.. found.Select(m => new DecidedMark(m, t.Text.Substring(m.Start, m.Length), state.Passages.TryGetValue((t.Version, m.Passage), out var masked) ? masked : null))],
                    [.. state.Passages.Where(p => p.Value && p.Key.Version == t.Version && found.All(m => m.Passage != p.Key.Passage)).Select(p => p.Key.Passage).OrderBy(p => p.Start)]);
            }),
        ];
    }

    private async Task<Dictionary<Guid, OriginalDocument>> Originals(List<TheirRecord> shown, CancellationToken ct)
    {
        var found = new Dictionary<Guid, OriginalDocument>();
        foreach (var record in shown.Where(r => r.DisposedAt is null))
        {
            if (await documents.Open(record.Id, ct) is { } document) found[record.Id] = document;
        }

        return found;
    }

    /// <summary>What nobody has let through yet, or has examined and kept back.</summary>
    public static bool Withheld(SubjectState state, TheirRecord record) => record.Locked || (record.BehindWall && state.Examined.GetValueOrDefault(record.Id) is not { Released: true });

    /// <summary>Everything that the linked accounts have sent and that is this authority's, also what is gone.</summary>
    public async Task<IReadOnlyList<TheirRecord>> Theirs(SubjectState state, CancellationToken ct)
    {
        if (state.Accounts.Count == 0) return [];
        return await Read("""
            select s.record_id, s.wall, s.locked, s.received_at, s.disposed_at, c.handle, h.platform, s.case_id, s.account_id
            from (
              select * from archive.record_states where account_id = any ($1) and disposed_at is null
              union all select * from archive.record_states where account_id = any ($1) and disposed_at is not null) s
            join archive.channels h using (channel_id) left join views.channel_register c using (channel_id)
            where s.authority_id = $2 order by s.received_at, s.record_id
            """, row => new TheirRecord(
                row.GetGuid(0), row.GetString(1), row.GetBoolean(2), row.GetFieldValue<DateTimeOffset>(3), row.GetFieldValue<DateTimeOffset?>(4), row.Text(5), row.GetString(6), row.GetFieldValue<Guid?>(7),
                row.GetFieldValue<Guid?>(8)), ct, Ids(state.Accounts), new() { Value = state.Authority });
    }

    private async Task<List<ExtractAccount>> Accounts(SubjectState state, IReadOnlyDictionary<Guid, Opened> words, CancellationToken ct)
    {
        var blocks = await Read(
            "select account_id, blocked_at, lifted_at from archive.blocks where account_id = any ($1) and authority_id = $2 order by blocked_at",
            row => (Account: row.GetGuid(0), Block: new ExtractBlock(row.GetFieldValue<DateTimeOffset>(1), row.GetFieldValue<DateTimeOffset?>(2))), ct, Ids(state.Accounts), new() { Value = state.Authority });
        var channels = (await Read("select channel_id, handle from views.channel_register where authority_id = $1", row => (Id: row.GetGuid(0), Handle: row.Text(1)), ct, new NpgsqlParameter { Value = state.Authority }))
            .ToDictionary(c => c.Id, c => c.Handle);
        var found = new List<ExtractAccount>();
        foreach (var link in state.Links.Where(l => l.Kind == SubjectLinkKind.Account))
        {
            var seen = (await log.Store.ReadStream(link.Target, ct: ct)).Where(h => h.Event is AccountSeen).ToList();
            if (seen.Count == 0) continue;
            var opened = await log.Open(seen, ct);
            var first = (AccountSeen)seen[0].Event;
            found.Add(new(
                link.Target, RecordViewWords.Platform(first.Platform), channels.GetValueOrDefault(first.Channel),
                [.. seen.Select(s => (s, Parts: opened.GetValueOrDefault(s.Id)?.Parts)).Where(s => s.Parts is not null)
                    .Select(s => new ExtractName(((AccountSeen)s.s.Event).SeenAt ?? s.s.Time, s.Parts![Parts.AuthorDisplayName], s.Parts[Parts.AuthorHandle])).OrderBy(n => n.From)],
                [.. blocks.Where(b => b.Account == link.Target).Select(b => b.Block)], words.GetValueOrDefault(link.EventId)?.Parts?["reason"] ?? ""));
        }

        return found;
    }

    private async Task<Dictionary<Guid, (string? Subject, long Reactions)>> Subjects(List<TheirRecord> records, CancellationToken ct) =>
        (await Read("select record_id, subject, reactions from views.all_records where record_id = any ($1) and disposed_at is null", row => (Id: row.GetGuid(0), Said: (row.Text(1), row.GetInt64(2))), ct, Ids(records)))
        .ToDictionary(r => r.Id, r => r.Said);

    private async Task<Dictionary<Guid, List<(string Name, DateTimeOffset At)>>> Acts(List<TheirRecord> records, CancellationToken ct) =>
        (await Read("""
            select e.stream_id, e.type, e.timestamp from unnest($1) w(id) cross join lateral (
              select stream_id, type, timestamp, version from archive.mt_events where stream_id = w.id and type = any ($2) offset 0) e
            order by e.timestamp, e.version
            """, row => (Id: row.GetGuid(0), Act: (row.GetString(1), row.GetFieldValue<DateTimeOffset>(2))), ct,
            Ids(records), new() { Value = ActsTold.Keys.Concat(RecipientsTold.Keys).ToArray() })).GroupBy(a => a.Id).ToDictionary(g => g.Key, g => g.Select(a => a.Act).ToList());

    private async Task<Dictionary<Guid, string>> Retention(List<TheirRecord> records, CancellationToken ct) =>
        (await Read("""
            select x.record_id, r.name, x.due_on from archive.rules_of_records x
            join archive.retention_rules r on r.rule_id = x.rule_id and r.version = x.rule_version where x.record_id = any ($1) order by x.due_on desc nulls first
            """, row => (Id: row.GetGuid(0), Name: row.GetString(1), Due: row.GetFieldValue<DateOnly?>(2)), ct, Ids(records)))
        .GroupBy(r => r.Id).ToDictionary(g => g.Key, g => g.First() is { Due: { } due, Name: var name }
            ? $"Gallras tidigast {Swedish.Date(due)} enligt regeln {name}." : $"Gallras enligt regeln {g.First().Name}; tiden har inte börjat räknas.");

    /// <summary>Given out as public documents: that it was, never to whom, for nobody asked (TF 2:18).</summary>
    private async Task<Dictionary<Guid, List<ExtractAct>>> Disclosed(List<TheirRecord> records, CancellationToken ct) =>
        (await Read("""
            select i.target_id, r.answered_at from archive.disclosure_items i join archive.disclosure_requests r using (request_id)
            where i.kind = 'record' and i.target_id = any ($1) and i.outcome in ('disclose', 'mask', 'reservation') and r.answer in ('given', 'givenInPart') order by r.answered_at
            """, row => (Id: row.GetGuid(0), At: row.GetFieldValue<DateTimeOffset>(1)), ct, Ids(records)))
        .GroupBy(d => d.Id).ToDictionary(g => g.Key, g => g.Select(d => new ExtractAct(d.At, "Utlämnat som allmän handling. Vem som frågade antecknas aldrig (TF 2 kap. 18 §).")).ToList());

    private sealed record Reply(Guid Id, Guid Parent, Guid Root, DateTimeOffset At, string? Text);

    /// <summary>What the authority itself wrote under what the person wrote, where it is open.</summary>
    private Task<List<Reply>> Replies(Guid authority, List<TheirRecord> records, CancellationToken ct) => Read("""
        select r.record_id, r.parent_id, coalesce(r.root_id, r.parent_id), r.occurred_at, r.text from views.all_records r
        where r.parent_id = any ($1) and r.authority_id = $2 and r.direction = 'drawnUp' and r.wall = 'open' and not r.locked and r.disposed_at is null order by r.occurred_at, r.record_id
        """, row => new Reply(row.GetGuid(0), row.GetGuid(1), row.GetGuid(2), row.GetFieldValue<DateTimeOffset>(3), row.Text(4)), ct, Ids(records), new() { Value = authority });

    private Task<List<string>> OwnNames(Guid authority, CancellationToken ct) => Read("""
        select unnest(array[n.name, n.handle]) from views.all_account_names n join views.all_accounts k using (account_id) where k.authority_id = $1 and k.own
        """, row => row.Text(0) ?? "", ct, new NpgsqlParameter { Value = authority });

    /// <summary>What everybody else is called who has written in these threads, also behind walls: to be masked, never shown.</summary>
    private Task<List<string>> OthersIn(Guid authority, IReadOnlyList<Guid> threads, IReadOnlyList<Guid> mine, CancellationToken ct) => Read("""
        select unnest(array[n.name, n.handle]) from views.all_account_names n join views.all_accounts k using (account_id)
        where k.authority_id = $1 and not k.own and n.account_id <> all ($2) and n.account_id in (
          select author_id from views.all_records where root_id = any ($3)
          union select author_id from views.all_records where record_id = any ($3)
          union select author_id from views.all_records where parent_id = any ($3))
        """, row => row.Text(0) ?? "", ct, new() { Value = authority }, Ids(mine), Ids(threads));

    /// <summary>Items of others, and of the authority, that name one of the accounts with its @. What others wrote is theirs: only that it is there.</summary>
    private async Task<List<(Guid Root, Guid Record, ExtractMention Mention)>> Mentions(Guid authority, SubjectState state, List<ExtractName> names, CancellationToken ct)
    {
        var handles = names.Select(n => n.Handle?.Trim().TrimStart('@')).Where(h => h is { Length: >= 3 }).Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
        if (handles.Length == 0) return [];
        return await Read("""
            select coalesce(r.root_id, r.record_id), r.record_id, r.occurred_at, r.kind, r.platform, c.handle, case when r.direction = 'drawnUp' then r.text end
            from views.all_records r left join views.channel_register c using (channel_id)
            where r.authority_id = $1 and r.wall = 'open' and not r.locked and r.disposed_at is null and (r.author_id is null or r.author_id <> all ($2))
              and r.text ilike any ($3) and (r.parent_id is null or r.direction <> 'drawnUp' or not exists (select from views.all_records p where p.record_id = r.parent_id and p.author_id = any ($2)))
            order by r.occurred_at, r.record_id limit 1000
            """, row => (row.GetGuid(0), row.GetGuid(1), new ExtractMention(
                row.GetFieldValue<DateTimeOffset>(2), RecordViewWords.Kind(row.GetString(3)), RecordViewWords.Platform(row.GetString(4)), row.Text(5), row.Text(6))), ct,
            new() { Value = authority }, Ids(state.Accounts), new() { Value = handles.Select(h => $"%@{Search.SearchRecords.Like(h!)}%").ToArray() });
    }

    private async Task<List<ExtractCase>> Cases(SubjectState state, List<TheirRecord> records, CancellationToken ct)
    {
        var ids = state.Cases.Concat(records.Select(r => r.Case).OfType<Guid>()).Concat(state.Case is { } own ? [own] : []).Distinct().ToList();
        return await Read("""
            select k.case_id, k.diary_number, case when v.wall = 'open' then v.title end, k.opened_at, k.closed_at
            from archive.cases k left join views.all_cases v using (case_id) where k.case_id = any ($1) and k.authority_id = $2 order by k.opened_at, k.case_id
            """, row => new ExtractCase(
                row.GetGuid(0), row.GetString(1), row.Text(2), row.GetFieldValue<DateTimeOffset>(3), row.GetFieldValue<DateTimeOffset?>(4),
                row.GetGuid(0) == state.Case ? "Ärendet om den här begäran" : state.Cases.Contains(row.GetGuid(0)) ? "Du är part" : "En handling från dig ingår"), ct, Ids(ids), new() { Value = state.Authority });
    }

    /// <summary>Art. 15.1 a–h and 15.2, with the purposes and the contact that the authority has described.</summary>
    private async Task<IReadOnlyList<ExtractText>> Information(Authority authority, SubjectState state, CancellationToken ct)
    {
        var (_, _, described) = await descriptions.Read(authority.Id, ct);
        var purposes = await Read(
            "select distinct purpose from views.channel_register where authority_id = $1 and channel_id in (select channel_id from archive.record_states where account_id = any ($2)) and purpose is not null order by 1",
            row => row.GetString(0), ct, new() { Value = authority.Id }, Ids(state.Accounts));
        return ExtractTexts.Of(authority.Name, purposes, described.GetValueOrDefault("contact"));
    }

    private static NpgsqlParameter Ids(IReadOnlyList<Guid> ids) => new() { Value = ids.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid };

    private static NpgsqlParameter Ids(List<TheirRecord> records) => Ids([.. records.Select(r => r.Id)]);

    private async Task<List<T>> Read<T>(string sql, Func<NpgsqlDataReader, T> of, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var query = databases.Writer.CreateCommand(sql);
        query.Parameters.AddRange(parameters);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<T>();
        while (await rows.ReadAsync(ct)) found.Add(of(rows));
        return found;
    }
}
