using ArchiveService.Features.Persons;
using ArchiveService.Hosting;

namespace ArchiveService.Access;

/// <summary>
/// The first start of an embedded archive makes the user admin, who administers but neither reads records nor destroys them;
/// the password stands in a file that only the service's own user may read.
/// </summary>
public sealed class FirstLogin(Installation installation, LocalAccounts local, IServiceProvider services, Databases databases, PersonRegister register, FirstPassword file) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (!installation.IsEmbedded || !local.Open || await SomebodyAdministers(cancellationToken)) return;

        // The file first: a start that is cut off between the two begins again with a new password, and nobody is locked out.
        var password = Password.Random();
        file.Write(password);
        if (await register.Ensure("Administratör", FirstPassword.Username, password, [new(Role.Admin, null)], clearance: false, CommandLineCaller.Caller, cancellationToken) is Registered.Refused refused)
            throw new CannotStart($"The first user could not be made: {refused.Why.Explanation}");
    }

    /// <summary>For the greeting at start.</summary>
    public async IAsyncEnumerable<string> WhoCanLogIn([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        if (services.GetService<Oidc.OidcOptions>() is { } oidc)
        {
            yield return $"Log in at /logga-in, with an account at {oidc.Authority}; programs with API tokens (./run token).";
            yield break;
        }

        if (!local.Open)
        {
            yield return "Log in: API tokens (./run token); there are no local accounts.";
            yield break;
        }

        await using var query = databases.Writer.CreateCommand("select u.username from archive.users u join archive.persons p using (person_id) where p.closed_at is null order by 1 limit 20");
        var names = new List<string>();
        await using (var rows = await query.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct)) names.Add(rows.GetString(0));
        }

        yield return $"Log in at /logga-in, on this machine only, as: {string.Join(", ", names)}";
        if (file.IsWaiting) yield return $"The first password of {FirstPassword.Username} is in {file.File}";
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // A demo archive may have brought its users before the first start.
    private async Task<bool> SomebodyAdministers(CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select exists (
              select 1 from archive.users u
              where u.username = $1
                 or exists (select 1 from archive.grants g where g.person_id = u.person_id and g.role = 'admin' and g.authority_id is null))
            """);
        query.Parameters.Add(new() { Value = FirstPassword.Username });
        return (bool)(await query.ExecuteScalarAsync(ct))!;
    }
}
