using ArchiveService.Access;
using ArchiveService.Features.Assignments;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Delegations;
using ArchiveService.Features.Substitutes;
using ArchiveService.Http;

namespace ArchiveService.Features.Seed;

/// <summary>
/// Where the guideline has two decisions (H-06, H-08): the chef gives two people their uppdrag and writes down the förvaltningschef's decision, and
/// names a substitute. The other authorities of the demo have given none, so that both ways can be tried. One delegationsordning.
/// </summary>
public sealed class DemoAssignments(AssignmentCommands commands, AssignmentList list, DelegationCommands delegations, DelegationRegister orders, SubstituteRegister substitutes)
{
    /// <summary>How many things were left to do.</summary>
    internal async Task<int> Run(string code, Guid authority, Channel channel, DateOnly today, IReadOnlyDictionary<string, Caller> staff, CancellationToken ct)
    {
        var (chef, done) = (staff["chefen"], 0);
        foreach (var (who, function, channelOnly, until) in new[] { ("moa", AssignmentFunction.Moderator, true, (DateOnly?)null), ("kim", AssignmentFunction.Administrator, false, today.AddDays(400)) })
        {
            if ((await list.For(chef, channel.Id, staff[who].PersonId, null, ct)).Any(a => a.Person == staff[who].PersonId)) continue;
            DemoArchive.Must((await commands.Give(new(code, channelOnly ? channel.Id : null, staff[who].PersonId, function, today, until, "Uppdrag (demo)", PolicyInformedOn: today, IntroducedOn: today), chef, ct)).Refused);
            done++;
        }

        foreach (var given in await list.For(chef, channel.Id, null, null, ct))
        {
            if (given is { NeedsAuthorisation: true, AuthorisedAt: null })
            {
                DemoArchive.Must((await commands.Authorise(given.Id, new("Förvaltningschefens beslut (demo)"), default, chef, ct) as Outcome.Refused)?.Why);
                done++;
            }

            if (given.Channel is null || given.Substitutes.Count > 0) continue;
            DemoArchive.Must((await commands.Substitute(given.Id, new(staff["rut"].PersonId, today, today.AddDays(20)), default, chef, ct) as Outcome.Refused)?.Why);
            done++;
        }

        if ((await substitutes.For(chef, code, staff["rut"].PersonId, ct)).Count == 0)
        {
            DemoArchive.Must((await substitutes.Name(new(code, staff["rut"].PersonId, staff["moa"].PersonId, null, today.AddDays(20), "Semester (demo)"), chef, ct)).Refused);
            done++;
        }

        if ((await orders.Last(authority, ct)).Version > 0) return done;
        PointAsked[] points =
        [
            new("2.3.1", DelegationKinds.Dispose, "arkivarie", null, "Godkänna och verkställa gallring enligt gallringsbeslut"),
            new("2.3.2", DelegationKinds.BlockSender, "chef", null),
            new("2.3.2", DelegationKinds.BlockSender, "moderator", null, "Högst sju dagar"),
            new("2.4.1", DelegationKinds.RefuseDisclosure, "registrator", null),
            new("2.4.2", DelegationKinds.Mask, "registrator", null),
        ];
        DemoArchive.Must((await delegations.Adopt(code, new("KS § 11 (demo)", today, null, points), chef, ct)).Refused);
        return done + 1;
    }
}
