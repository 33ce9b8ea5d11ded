using ArchiveService.Access;
using ArchiveService.AppTests.Disposals;
using ArchiveService.Features.Delegations;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Persons;
using ArchiveService.Features.Substitutes;
using ArchiveService.Features.Verify;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.Delegations;

/// <summary>Gallring approved by a substitute: in somebody's place, noted, and never in the proposer's.</summary>
public sealed class Deciding_in_anothers_place
{
    [Fact]
    [Trait("Requirement", "I4")]
    public async Task approves_a_gallring_and_notes_it_but_never_what_the_one_replaced_proposed()
    {
        await using var world = await World.Make(projecting: false);
        await world.Capture(World.Comment("1"), World.Comment("2"));
        var rule = await world.Rule();
        var (commands, substitutes, persons, principals) = (world.Get<RunCommands>(), world.Get<SubstituteRegister>(), world.Get<PersonRegister>(), world.Get<Principals>());
        var at = world.Authority.Id;
        async Task<Guid> Person(string name, params Role[] roles) =>
            ((Registered.Done)await persons.Ensure(name, null, null, [.. roles.Select(r => new Grant(r, at))], false, CommandLineCaller.Caller, default)).Id;
        async Task<Caller> Caller(Guid person) => (await principals.OfPerson(person, default))!;
        var (siv, bo, ulla) = (await Person("Siv Arkivarie", Role.Arkivarie), await Person("Bo Ersättare", Role.Registrator), await Person("Ulla Arkivarie", Role.Arkivarie));
        var today = substitutes.Today;

        var run = await world.Proposed(rule);
        Assert.Equal("not-allowed", (await commands.Approve(run.Id, await Caller(bo), default)).Refused!.Code);
        var (named, _, refused) = await substitutes.Name(new("KS", null, bo, null, today), await Caller(siv), default);
        Assert.Null(refused);
        var standingIn = await Caller(bo);
        Assert.False(standingIn.May(at, Role.Arkivarie));

        // What only the arkivarie does beside it is not taken over.
        Assert.Equal("not-allowed", (await commands.Cancel(run.Id, standingIn, default)).Refused!.Code);
        var approved = await commands.Approve(run.Id, standingIn, default);
        Assert.Null(approved.Refused);
        Assert.Equal(bo, approved.Run!.ApprovedBy);
        Assert.Equal("Siv Arkivarie", (await substitutes.InWhosePlace([run.Id], default))[run.Id]);
        Assert.Equal("not-allowed", (await commands.Start(run.Id, standingIn, default)).Refused!.Code);
        Assert.Null((await commands.Cancel(run.Id, world.Anna, default)).Refused);

        // Siv proposes: her substitute is not somebody else.
        var (own, _, not) = await world.Get<ProposeDisposalHandler>().Propose(new(rule, new DateOnly(2026, 6, 1)), await Caller(siv), default);
        Assert.Null(not);
        Assert.Equal("same-person", (await commands.Approve(own!.Id, standingIn, default)).Refused!.Code);

        // A point that is Siv's by name is her substitute's too, and stands on the list with it; Ulla has the role, but no point.
        Assert.Null((await commands.Cancel(own.Id, world.Anna, default)).Refused);
        Assert.Null((await world.Get<DelegationCommands>().Adopt("KS", new("KS § 1", null, null, [new("2.3.1", DelegationKinds.Dispose, null, siv)]), world.Boss, default)).Refused);
        var third = await world.Proposed(rule);
        Assert.Equal("delegation-missing", (await commands.Approve(third.Id, await Caller(ulla), default)).Refused!.Code);
        Assert.Null((await commands.Approve(third.Id, standingIn, default)).Refused);
        var decision = Assert.Single(await world.Get<DelegationRegister>().Decisions(at, null, default));
        Assert.Equal("Bo Ersättare, i Siv Arkivaries ställe", decision.DecidedBy);

        // Ended: nothing more, at once, also for a request that began before.
        Assert.Null((await commands.Cancel(third.Id, world.Anna, default)).Refused);
        var fourth = await world.Proposed(rule);
        Assert.IsType<ArchiveService.Http.Outcome.Done>(await substitutes.End(named, new(), await Caller(siv), default));
        Assert.Equal("not-allowed", (await commands.Approve(fourth.Id, await Caller(bo), default)).Refused!.Code);
        Assert.Equal("substitution-ended", (await commands.Approve(fourth.Id, standingIn, default)).Refused!.Code);
        Assert.Equal("proposed", await world.Ask<string>("select state from archive.disposal_runs where run_id = $1", fourth.Id));

        var verified = await ActivatorUtilities.CreateInstance<VerifyArchive>(world.Services).Run(null, default);
        Assert.DoesNotContain(verified.Findings, f => f.Code is "substitutes-differ" or "persons-differ" or "delegations-differ");
        await world.Do(world.Database.Owner, "update archive.substitutions set valid_until = valid_until + 9");
        Assert.Contains((await ActivatorUtilities.CreateInstance<VerifyArchive>(world.Services).Run(null, default)).Findings, f => f.Code == "substitutes-differ");
    }
}
