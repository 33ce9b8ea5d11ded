using System.Security.Cryptography;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Disclosures;

/// <summary>Takes down a request for documents. There is no field for who asks or why: nobody may ask (TF 2:18, R-10).</summary>
/// <param name="Authority">The authority's code; each answers for its own documents (TF 2:17).</param>
/// <param name="Request">What is asked for, in the asker's words.</param>
/// <param name="Form"><c>read</c>, <c>copy</c>, <c>email</c>, or nothing.</param>
/// <param name="DeliveryAddress">Where to send it, if the asker says.</param>
/// <param name="Channel">How it came in: <c>email</c>, <c>letter</c>, <c>phone</c>, <c>visit</c>, <c>socialMedia</c>, <c>web</c>.</param>
/// <param name="ReceivedAt">When it came in; the clock runs from here. Now, when nothing is said.</param>
public sealed record ReceiveRequest(string? Authority, string? Request, string? Form = null, string? DeliveryAddress = null, string? Channel = null, DateTimeOffset? ReceivedAt = null)
{
    public const int MostText = 10_000;

    public static IReadOnlyList<(string Word, WantedForm Form, string Said)> Forms { get; } =
    [
        ("unstated", WantedForm.Unstated, "Har inte sagts"), ("read", WantedForm.Read, "Läsa på stället"), ("copy", WantedForm.Copy, "Kopia"), ("email", WantedForm.Email, "Med e-post"),
    ];

    public static IReadOnlyList<(string Word, RequestChannel Channel, string Said)> Channels { get; } =
    [
        ("email", RequestChannel.Email, "E-post"), ("phone", RequestChannel.Phone, "Telefon"), ("visit", RequestChannel.Visit, "Besök"), ("letter", RequestChannel.Letter, "Brev"),
        ("socialMedia", RequestChannel.SocialMedia, "Sociala medier"), ("web", RequestChannel.Web, "Webbsidan"),
    ];

    /// <summary>Pure.</summary>
    public Decision Decide(Guid authority, string reference, int policyVersion, DateTimeOffset now)
    {
        if (Request?.Trim() is not { Length: > 0 and <= MostText } request) return Refusal.Input("request-missing", "Skriv vad som begärs, högst 10 000 tecken. Det räcker att det går att förstå vilka handlingar som avses.");
        var form = Forms.FirstOrDefault(f => f.Word == (Form ?? "unstated"));
        if (form.Word is null) return Refusal.Input("form-unknown", $"Formen kan vara: {string.Join(", ", Forms.Select(f => f.Word))}.");
        var channel = Channels.FirstOrDefault(c => c.Word == (Channel ?? "email"));
        if (channel.Word is null) return Refusal.Input("request-channel-unknown", $"Vägen in kan vara: {string.Join(", ", Channels.Select(c => c.Word))}.");
        if (DeliveryAddress is { Length: > 1000 }) return Refusal.Input("delivery-address-too-long", "Adressen får vara högst 1 000 tecken.");
        if (ReceivedAt > now.AddMinutes(5)) return Refusal.Input("received-in-the-future", "Begäran kan inte ha kommit in i framtiden.");
        return new Happened(
            new DisclosureRequested(authority, reference, channel.Channel, form.Form, (ReceivedAt ?? now).ToUniversalTime(), policyVersion), KeyClass.Request,
            new Parts().With("request", request).With("deliveryAddress", string.IsNullOrWhiteSpace(DeliveryAddress) ? null : DeliveryAddress.Trim()));
    }
}

public sealed class ReceiveRequestHandler(SealedLog log, AuthorityRegister authorities, TimeProvider clock)
{
    /// <summary>Everybody on the staff takes a request in: it may be made to anybody, and waits for nobody.</summary>
    public async Task<(Guid Id, string Reference, Outcome Outcome)> Receive(ReceiveRequest command, Caller caller, CancellationToken ct)
    {
        if (command.Authority is not { } code || await authorities.Find(code, ct) is not { } authority || !caller.IsStaffOf(authority.Id))
            return (default, "", Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {command.Authority}, eller så får du inte se den."));
        return await Write(command, authority, caller.PersonId, ct);
    }

    /// <summary>From a page without login: nobody is asked who they are, and the request is written by the service itself. The reference is all the visitor needs.</summary>
    public async Task<(string Reference, Outcome Outcome)> Receive(ReceiveRequest command, CancellationToken ct)
    {
        if (command.Authority is not { } code || await authorities.Find(code, ct) is not { } authority)
            return ("", Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {command.Authority}."));
        var (_, reference, outcome) = await Write(command with { Channel = "web", ReceivedAt = null }, authority, Caller.System.PersonId, ct);
        return (reference, outcome);
    }

    private async Task<(Guid Id, string Reference, Outcome Outcome)> Write(ReceiveRequest command, Authority authority, Guid by, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var (id, reference) = (Guid.CreateVersion7(now), NewReference());
        var decision = command.Decide(authority.Id, reference, authority.Policy.Version, now);
        if (decision.Refused is { } why) return (default, "", why);
        var e = (DisclosureRequested)decision.Events[0].Event;
        NpgsqlBatchCommand beside = new("""
            insert into archive.disclosure_requests (request_id, authority_id, reference, channel, form, received_at, noted_at)
            select $1, $2, $3, $4, $5, $6, s.created from archive.mt_streams s where s.id = $1
            """)
        {
            Parameters =
            {
                new() { Value = id }, new() { Value = authority.Id }, new() { Value = reference }, new() { Value = DisclosureWords.Stored(e.Channel) }, new() { Value = DisclosureWords.Stored(e.Form) },
                new() { Value = e.ReceivedAt },
            },
        };
        return await log.Append([new(id, DisclosureState.StreamType, ExpectedVersion.NewStream, decision.Events)], log.NewKeySet(), new(by.ToString("D")), [beside], ct) is Appended.Done done
            ? (id, reference, new Outcome.Done(done.LastSequence, done.Versions[id]))
            : (id, "", Refusal.ChangedMeanwhile(0));
    }

    /// <summary>Sixty random bits in letters that are not mistaken for one another when read over the telephone.</summary>
    private static string NewReference()
    {
        const string letters = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
        var drawn = RandomNumberGenerator.GetItems<char>(letters, 12);
        return $"{new string(drawn, 0, 4)}-{new string(drawn, 4, 4)}-{new string(drawn, 8, 4)}";
    }
}
