using System.Globalization;
using ArchiveService.Access;
using ArchiveService.Capture;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Consents;

/// <summary>
/// Keeps a consent to be seen in what is published (C17). It is a record of its own: it is found, held, disclosed and gallrad like any other, and with
/// its key go the names.
/// </summary>
/// <param name="Person">Who is seen.</param>
/// <param name="Age"><c>adult</c>, <c>13-17</c> or <c>under-13</c>.</param>
/// <param name="Guardian">Who consented for them.</param>
/// <param name="Purpose">To what: which pictures, for what, for how long.</param>
public sealed record GiveConsent(
    string? Person, string? Age, string? Guardian, bool Written, IReadOnlyList<Guid>? Channels, string? Purpose, DateOnly? GivenOn, DateOnly? ValidUntil, string? Note)
{
    public static IReadOnlyList<(string Word, AgeClass Age, string Said)> Ages { get; } =
        [("adult", AgeClass.Adult, "18 år eller äldre"), ("13-17", AgeClass.ThirteenToSeventeen, "13–17 år"), ("under-13", AgeClass.UnderThirteen, "Under 13 år")];

    public static string Said(AgeClass age) => Ages.First(a => a.Age == age).Said;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/consents", async (GiveConsent command, Caller caller, GiveConsentHandler handler, CancellationToken ct) =>
        {
            var (id, outcome) = await handler.Give(command, caller, ct);
            return outcome is Outcome.Done done ? (IResult)TypedResults.Created($"/api/v1/consents/{id}", new { id, done.LastSequence, done.Version }) : outcome.Answer();
        })
        .WithName("give-consent");

    public static GiveConsent Read(UploadForm form) => new(
        form["person"], form["age"], form["guardian"], form.Ticked("written"), [.. form.All("channels").Where(c => Guid.TryParse(c, out _)).Select(Guid.Parse)], form["purpose"],
        Day(form["givenOn"]), Day(form["validUntil"]), form["note"]);

    /// <summary>Pure. <paramref name="known"/>: every channel named is one of the authority.</summary>
    public Decision Decide(Policy policy, bool known, DateOnly today)
    {
        if (Person?.Trim() is not { Length: > 0 and <= 200 } person) return Refusal.Input("person-missing", "Ange vem samtycket gäller, högst 200 tecken.");
        if (Ages.FirstOrDefault(a => a.Word == Age) is not { Word: not null } age) return Refusal.Input("age-unknown", $"Åldern kan vara: {string.Join(", ", Ages.Select(a => a.Word))}.");
        if (Guardian is { Length: > 200 }) return Refusal.Input("guardian-missing", "Vårdnadshavarens namn får vara högst 200 tecken.");
        var guardian = string.IsNullOrWhiteSpace(Guardian) ? null : Guardian.Trim();
        // H-21: exactly 13 may consent; R-07: a minor's guardian approves.
        var needed = age.Age == AgeClass.UnderThirteen || (age.Age == AgeClass.ThirteenToSeventeen && policy["consent.guardianBelow"] == "18");
        if (needed && guardian is null)
        {
            return Refusal.Input("guardian-missing", age.Age == AgeClass.UnderThirteen
                ? "Barn under 13 år samtycker inte själva: ange vårdnadshavaren som har samtyckt eller godkänt (H-21)."
                : $"För den som inte är myndig godkänner vårdnadshavaren ({policy.Of("consent.guardianBelow").Requirement}): ange vem.");
        }

        if (policy["consent.mode"] == "written" && !Written) return new Refusal("written-consent-missing", "Bilder av identifierbara personer ska godkännas skriftligen (R-07). För in samtycket när det finns på papper eller i en fil.");
        if (Channels is not { Count: > 0 } || !known) return Refusal.Input("scope-missing", "Ange minst en av myndighetens kanaler som samtycket gäller.");
        if (Purpose?.Trim() is not { Length: > 0 and <= 2000 } purpose) return Refusal.Input("purpose-missing", "Ange vad samtycket gäller: vilka bilder och till vad, högst 2000 tecken.");
        if (GivenOn is not { } given || given > today) return Refusal.Input("consent-day", "Ange vilken dag samtycket lämnades, senast i dag.");
        if (ValidUntil < given) return Refusal.Input("consent-day", "Samtycket kan inte sluta gälla innan det lämnades.");
        if (Note is { Length: > 5000 }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 5000 tecken.");
        // Not "note": the record's time line shows those to everybody on the staff, and this one may name people.
        return new Happened(
            new ConsentGiven(age.Age, guardian is not null, Written, [.. Channels.Distinct()], given, ValidUntil, policy.Version), KeyClass.Content,
            new Parts().With("person", person).With("guardian", guardian).With("purpose", purpose).With("remark", string.IsNullOrWhiteSpace(Note) ? null : Note.Trim()));
    }

    private static DateOnly? Day(string? text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;
}

public sealed class GiveConsentHandler(SealedLog log, ChannelRegister channels, AuthorityRegister authorities, AttachmentIntake intake, AttachmentLimit limit, TimeProvider clock)
{
    public static readonly Role[] Keepers = [Role.Kommunikator, Role.Moderator, Role.Registrator];

    public Task<(Guid Id, Outcome Outcome)> Give(GiveConsent command, Caller caller, CancellationToken ct) => Give(command, null, null, caller, ct);

    /// <summary>From a form with the scanned consent after its fields.</summary>
    public async Task<(Guid Id, Outcome Outcome, GiveConsent? Read)> Give(UploadForm form, Func<Task<Refusal?>> allowed, Caller caller, CancellationToken ct)
    {
        GiveConsent? read = null;
        try
        {
            var scan = await form.Next(ct);
            read = GiveConsent.Read(form);
            if (await allowed() is { } not) return (default, not, read);
            var (id, outcome) = await Give(read, scan, form, caller, ct);
            return (id, outcome, read);
        }
        catch (Exception error) when (UploadForm.Refused(error, limit) is { } why)
        {
            return (default, why, read);
        }
    }

    private async Task<(Guid Id, Outcome Outcome)> Give(GiveConsent command, UploadedFile? scan, UploadForm? form, Caller caller, CancellationToken ct)
    {
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        if (command.Channels is not [var first, ..] || await channels.Find(first, ct) is not { } channel || !caller.IsStaffOf(channel.Authority))
            return (id, Refusal.Input("scope-missing", "Ange minst en av myndighetens kanaler som samtycket gäller."));
        if (!caller.May(channel.Authority, Keepers)) return (id, Refusal.NotAllowed("Bara kommunikatör, moderator eller registrator för in ett samtycke."));
        var known = true;
        foreach (var other in command.Channels) known &= (await channels.Find(other, ct))?.Authority == channel.Authority;
        var policy = (await authorities.Find(channel.Authority, ct))!.Policy;
        var decision = command.Decide(policy, known, Swedish.Day(clock.GetUtcNow()));
        if (decision.Refused is { } refused) return (id, refused);

        var making = new RecordMaking(log, intake, id);
        try
        {
            for (; scan is not null; scan = form is null ? null : await form.Next(ct)) await making.Take(Guid.CreateVersion7(clock.GetUtcNow()), scan.Name, scan.Content, ct);
            var given = (ConsentGiven)decision.Events[0].Event;
            // What people find it by names nobody: the names are opened on its own page only.
            var text = $"Samtycke till bild, {GiveConsent.Said(given.Age).ToLowerInvariant()}{(given.Guardian ? ", av vårdnadshavare" : "")}{(given.Written ? ", skriftligt" : "")}. Lämnat {Swedish.LongDate(given.GivenOn)}.";
            var made = new MadeHere(id, channel, ItemKind.Consent, Direction.Received, text, policy, clock.GetUtcNow());
            return (id, await making.Write(made.Events(making.Key, making.Files, decision.Events), [], [Row(id, channel.Authority, given)], caller, ct));
        }
        catch
        {
            await making.AbandonUnlessRecorded();
            throw;
        }
    }

    private static NpgsqlBatchCommand Row(Guid id, Guid authority, ConsentGiven given) => new("""
        insert into archive.consents (record_id, authority_id, channels, age, guardian, written, given_on, valid_until) values ($1, $2, $3, $4, $5, $6, $7, $8)
        """)
    {
        Parameters =
        {
            new() { Value = id }, new() { Value = authority }, new() { Value = given.Channels.ToArray() }, new() { Value = RecordStates.Stored(given.Age) }, new() { Value = given.Guardian },
            new() { Value = given.Written }, new() { Value = given.GivenOn }, new() { Value = (object?)given.ValidUntil ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date },
        },
    };
}
