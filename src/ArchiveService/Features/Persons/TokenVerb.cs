using System.CommandLine;
using System.Globalization;
using ArchiveService.Access;
using ArchiveService.Hosting;
using ArchiveService.Http;

namespace ArchiveService.Features.Persons;

/// <summary><c>./run token --name NAME --roles r1,r2 [--authority CODE] [--clearance] [--channel ID…] [--expires 90d]</c></summary>
public static class TokenVerb
{
    public static Command Verb(OpenArchive open)
    {
        var name = new Option<string>("--name") { Required = true, Description = "Whose token: the same name is the same person." };
        var roles = new Option<string[]>("--roles") { Required = true, AllowMultipleArgumentsPerToken = true, Description = "moderator, registrator, arkivarie, revisor, chef, kommunikator, admin; or connector alone." };
        var authority = new Option<string?>("--authority") { Description = "Code of the authority the roles are for; without it they are for all." };
        var clearance = new Option<bool>("--clearance") { Description = "May read what is secret: at the authority named, or everywhere without one." };
        var channels = new Option<Guid[]>("--channel") { AllowMultipleArgumentsPerToken = true, Description = "For connector: the channels it may capture to." };
        var expires = new Option<string>("--expires") { DefaultValueFactory = _ => "90d", Description = "How long it works: 90d, 12h, 30m; a year at most." };
        var verb = new Command("token", "Prints an API token once, for a person or, with the role connector, for a service account.") { name, roles, authority, clearance, channels, expires };
        verb.SetAction(async (parsed, ct) =>
        {
            if (Lasts(parsed.GetValue(expires)!) is not { } lasts)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync("--expires: write a number and d, h or m, as in 90d.");
                return 1;
            }

            await using var archive = await open(ct);
            var words = parsed.GetValue(roles)!.SelectMany(given => given.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries)).Distinct().ToList();
            var asked = new TokenAsked(parsed.GetValue(name)!, [.. words.Select(word => new RoleAt(word, parsed.GetValue(authority)))], parsed.GetValue(clearance), parsed.GetValue(channels) ?? [], lasts);
            var (token, refused) = await Issue(asked, archive.Services.GetRequiredService<PersonRegister>(), archive.Services.GetRequiredService<RoleWords>(), ct);
            if (refused is not null)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync(refused.Explanation);
                return 1;
            }

            await parsed.InvocationConfiguration.Output.WriteLineAsync(token);
            return 0;
        });
        return verb;
    }

    public sealed record TokenAsked(string Name, IReadOnlyList<RoleAt> Roles, bool Clearance, IReadOnlyList<Guid> Channels, TimeSpan Lasts);

    /// <summary>Who can run the command has the archive in hand; the person gets the roles as well, and the grant says that the command line gave them.</summary>
    public static async Task<(string? Token, Refusal? Refused)> Issue(TokenAsked asked, PersonRegister register, RoleWords words, CancellationToken ct)
    {
        var by = CommandLineCaller.Caller;
        var (grants, unknown) = await words.Read(asked.Roles, ct);
        if ((unknown ?? await words.UnknownChannel(asked.Channels, ct)) is { } wrong) return (null, wrong);
        var service = grants.Any(grant => grant.Role == Role.Connector);
        if (service && (grants.Count > 1 || asked.Clearance))
            return (null, Refusal.Input("connector-only", "Rollen connector står ensam: ett tjänstekonto kan bara samla in."));
        if (!service && asked.Channels.Count > 0)
            return (null, Refusal.Input("channel-for-connector", "Kanaler anges bara för rollen connector."));
        if (service && asked.Channels.Count == 0)
            return (null, Refusal.Input("channel-missing", "Ett tjänstekonto ska ha minst en kanal att samla in till (--channel)."));
        if (asked.Lasts > Persons.IssueToken.Longest || asked.Lasts < TimeSpan.FromMinutes(1))
            return (null, Refusal.Input("expiry-unusable", "En nyckel gäller minst en minut och högst ett år."));

        if (register.Clash(grants) is { } apart) return (null, apart);
        if (await register.Register(asked.Name, service, by, ct) is not Registered.Done person) return (null, PersonName.NotAName);
        foreach (var grant in grants)
        {
            if (await register.Grant(person.Id, grant, by, ct) is Outcome.Refused noRole)
                return (null, noRole.Why);
        }

        foreach (var give in asked.Clearance ? SetClearanceAt.WhereGiven(grants) : [])
        {
            if (await register.Decide(person.Id, known => give(known, by), by, ct) is Outcome.Refused noClearance) return (null, noClearance.Why);
        }

        var (outcome, token, _) = await register.IssueToken(person.Id, grants, asked.Clearance, asked.Channels, asked.Lasts, by, ct);
        return outcome is Outcome.Refused refused ? (null, refused.Why) : (token, null);
    }

    private static TimeSpan? Lasts(string written) =>
        written is [.. var number, var unit] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= 100_000
            ? unit switch
            {
                'd' => TimeSpan.FromDays(count),
                'h' => TimeSpan.FromHours(count),
                'm' => TimeSpan.FromMinutes(count),
                _ => null,
            }
            : null;
}
