using System.Globalization;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Disclosures;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.DataSubjects;

/// <summary>Takes down that a person wants to use a right under GDPR.</summary>
/// <param name="Right"><c>access</c>, <c>rectification</c>, <c>erasure</c>, <c>restriction</c>, <c>objection</c>.</param>
/// <param name="Name">Who it is; here somebody has to be asked (art. 12.6).</param>
/// <param name="Contact">Where the answer goes.</param>
/// <param name="Wish">What was said, in the person's words.</param>
/// <param name="ProtectedIdentity">Skyddade personuppgifter: name and contact are for the cleared only (OSL 21:3, 22:1).</param>
public sealed record ReceiveSubjectRequest(
    string? Authority, string? Right, string? Name, string? Contact = null, string? Wish = null, string? Channel = null, DateTimeOffset? ReceivedAt = null, bool ProtectedIdentity = false)
{
    /// <summary>Pure.</summary>
    public Decision Decide(Guid authority, Func<DateTimeOffset, string> number, int policyVersion, DateTimeOffset now)
    {
        var right = SubjectWords.Rights.FirstOrDefault(r => r.Word == Right);
        if (right.Word is null) return Refusal.Input("right-unknown", $"Rättigheten kan vara: {string.Join(", ", SubjectWords.Rights.Select(r => r.Word))}.");
        if (Name?.Trim() is not { Length: > 0 and <= 300 } name) return Refusal.Input("subject-name-missing", "Skriv vem begäran gäller, högst 300 tecken.");
        if (Contact is { Length: > 1000 }) return Refusal.Input("subject-contact-too-long", "Kontaktuppgiften får vara högst 1 000 tecken.");
        if (Wish is { Length: > 10_000 }) return Refusal.Input("subject-wish-too-long", "Det som begärs får vara högst 10 000 tecken.");
        var channel = ReceiveRequest.Channels.FirstOrDefault(c => c.Word == (Channel ?? "email"));
        if (channel.Word is null) return Refusal.Input("request-channel-unknown", $"Vägen in kan vara: {string.Join(", ", ReceiveRequest.Channels.Select(c => c.Word))}.");
        var received = (ReceivedAt ?? now).ToUniversalTime();
        if (received > now.AddMinutes(5)) return Refusal.Input("received-in-the-future", "Begäran kan inte ha kommit in i framtiden.");
        if (received.Year < 2018) return Refusal.Input("received-too-early", "Dataskyddsförordningen gäller från den 25 maj 2018.");
        return new Happened(
            new DataSubjectRequested(authority, number(received), right.Right, channel.Channel, received, SubjectDeadline.First(received), ProtectedIdentity, policyVersion), KeyClass.Request,
            new Parts().With("name", name).With("contact", Trimmed(Contact)).With("wish", Trimmed(Wish)));
    }

    internal static string? Trimmed(string? typed) => string.IsNullOrWhiteSpace(typed) ? null : typed.Trim();
}

public sealed class ReceiveSubjectRequestHandler(SealedLog log, Databases databases, AuthorityRegister authorities, TimeProvider clock)
{
    /// <summary>Everybody on the staff takes a request in: it may be made to anybody.</summary>
    public async Task<(Guid Id, string Number, Outcome Outcome)> Receive(ReceiveSubjectRequest command, Caller caller, CancellationToken ct)
    {
        if (command.Authority is not { } code || await authorities.Find(code.Trim(), ct) is not { } authority || !caller.IsStaffOf(authority.Id))
            return (default, "", Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {command.Authority}, eller så får du inte se den."));
        var now = clock.GetUtcNow();
        if (command.Decide(authority.Id, _ => "", authority.Policy.Version, now).Refused is { } why) return (default, "", why);

        // The number is taken last of all that may be refused, in the transaction that uses it: no gaps.
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var year = Swedish.Day(now).Year;
        await using var next = new NpgsqlCommand("""
            insert into archive.subject_series as s (authority_id, year, last) values ($1, $2, 1)
            on conflict (authority_id, year) do update set last = s.last + 1 returning last
            """, connection, transaction);
        next.Parameters.Add(new() { Value = authority.Id });
        next.Parameters.Add(new() { Value = year });
        var ordinal = (int)(await next.ExecuteScalarAsync(ct))!;
        var number = string.Create(CultureInfo.InvariantCulture, $"GDPR {year}:{ordinal}");

        var id = Guid.CreateVersion7(now);
        var decision = command.Decide(authority.Id, _ => number, authority.Policy.Version, now);
        var e = (DataSubjectRequested)decision.Events[0].Event;
        NpgsqlBatchCommand beside = new("""
            insert into archive.subject_requests (request_id, authority_id, number, "right", channel, received_at, due_on) values ($1, $2, $3, $4, $5, $6, $7)
            """)
        {
            Parameters =
            {
                new() { Value = id }, new() { Value = authority.Id }, new() { Value = number }, new() { Value = SubjectWords.Stored(e.Right) }, new() { Value = SubjectWords.Stored(e.Channel) },
                new() { Value = e.ReceivedAt }, new() { Value = e.DueOn },
            },
        };
        if (await log.Append(transaction, [new(id, SubjectState.StreamType, ExpectedVersion.NewStream, decision.Events)], log.NewKeySet(), new(caller.PersonId.ToString("D")), [beside], ct) is not Appended.Done done)
            return (id, "", Refusal.ChangedMeanwhile(0));
        await transaction.CommitAsync(ct);
        return (id, number, new Outcome.Done(done.LastSequence, done.Versions[id]));
    }
}
