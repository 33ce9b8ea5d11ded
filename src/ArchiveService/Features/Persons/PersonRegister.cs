using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Persons;

/// <summary>The persons and service accounts: every change is an event on the person's stream, with the rows a request is decided on in the same transaction.</summary>
public sealed class PersonRegister(SealedLog log, Databases databases, IKeyProvider keys, TimeProvider clock, FirstPassword first, LocalAccounts local, SeparateDuties duties)
{
    /// <summary>Finds the person of that name, or registers one.</summary>
    public async Task<Registered> Register(string name, bool service, Caller by, CancellationToken ct)
    {
        if (PersonName.Clean(name) is not { } clean) return new Registered.Refused(PersonName.NotAName);
        var key = PersonName.Key(keys, clean);
        if (await Find(key, service, ct) is { } known) return new Registered.Done(known, New: false);

        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var happened = new Happened(new PersonRegistered(service), KeyClass.Person, new Parts().With(PersonName.Part, clean));
        try
        {
            await Append(id, ExpectedVersion.NewStream, [happened], new(Name: clean, NameKey: key), log.NewKeySet(), by, ct);
            return new Registered.Done(id, New: true);
        }
        catch (PostgresException error) when (error is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "persons_one_a_name" })
        {
            return new Registered.Done((await Find(key, service, ct))!.Value, New: false);
        }
    }

    public async Task<Guid?> Find(string name, bool service, CancellationToken ct) =>
        PersonName.Clean(name) is { } clean ? await Find(PersonName.Key(keys, clean), service, ct) : null;

    /// <summary>Makes sure of a person with these roles and, when a username is given, a local account with this password. May be called again.</summary>
    public async Task<Registered> Ensure(
        string name, string? username, string? password, IReadOnlyList<Grant> grants, bool clearance, Caller by, CancellationToken ct)
    {
        if (username is not null && AccountProblem(username, password) is { } unusable) return new Registered.Refused(unusable);
        if (await Register(name, service: false, by, ct) is not Registered.Done registered) return new Registered.Refused(PersonName.NotAName);

        foreach (var grant in grants)
        {
            if (await Grant(registered.Id, grant, by, ct) is Outcome.Refused refused)
                return new Registered.Refused(refused.Why);
        }

        foreach (var give in clearance ? SetClearanceAt.WhereGiven(grants) : [])
        {
            if (await Decide(registered.Id, person => give(person, by), by, ct) is Outcome.Refused noClearance) return new Registered.Refused(noClearance.Why);
        }

        if (username is not null && !await LogsInWith(registered.Id, username, password!, ct) && await SetPassword(registered.Id, username, password!, by, oldOneGiven: false, ct) is Outcome.Refused noAccount)
            return new Registered.Refused(noAccount.Why);
        return registered;
    }

    /// <summary>Opens the person's local account, or sets a new password for the one there is; every session of the person ends.</summary>
    /// <param name="id">The person.</param>
    /// <param name="username">Null for the one the person has.</param>
    /// <param name="password">In the clear.</param>
    /// <param name="by">An administrator; or the person, when the present password was given.</param>
    /// <param name="oldOneGiven">The person has just shown that he or she knows the present password.</param>
    /// <param name="ct">Cancels before anything is written.</param>
    public async Task<Outcome> SetPassword(Guid id, string? username, string password, Caller by, bool oldOneGiven, CancellationToken ct)
    {
        // Before anything is said of an account: what somebody logs in with is for administrators.
        if (!oldOneGiven && !by.MayAnywhere(Role.Admin)) return PersonRules.OnlyAdministrators;
        var account = await Account(id, ct);
        username ??= account?.Username;
        if (username is null) return Refusal.Input("username-missing", "Personen har inget lokalt konto. Ange ett användarnamn.");
        if (AccountProblem(username, password) is { } unusable) return unusable;
        var folded = PersonName.FoldUsername(username)!;
        if (account is { } own && own.Username != folded) return new Refusal("username-fixed", $"Personen har redan användarnamnet {own.Username}.");

        var beside = new BesideEvents(Username: folded, PasswordHash: Password.Hash(password));
        try
        {
            var outcome = await Decide(id, person => new SetPassword(folded, oldOneGiven).Decide(person, by), by, beside, ct);
            if (outcome is Outcome.Done && account is not null) first.Replaced(folded);
            return outcome;
        }
        catch (PostgresException error) when (error is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "users_one_a_username" })
        {
            return UsernameTaken(username);
        }
    }

    /// <summary>Issues a token; the answer is the only place where it stands in the clear.</summary>
    public async Task<(Outcome Outcome, string? Token, Guid Id)> IssueToken(
        Guid person, IReadOnlyList<Grant> grants, bool clearance, IReadOnlyList<Guid> channels, TimeSpan lasts, Caller by, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var token = Secrets.NewToken();
        var command = new IssueToken(Guid.CreateVersion7(now), grants, clearance, channels, now, now + lasts);
        var beside = new BesideEvents(TokenHash: Secrets.HashOf(token), TokenHint: Secrets.Hint(token));
        var outcome = await Decide(person, known => command.Decide(known, by), by, beside, ct);
        return outcome is Outcome.Done ? (outcome, token, command.Token) : (outcome, null, Guid.Empty);
    }

    public async Task<Outcome> RevokeToken(Guid token, Caller by, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select person_id from archive.tokens where token_id = $1");
        query.Parameters.Add(new() { Value = token });
        return await query.ExecuteScalarAsync(ct) is Guid person
            ? await Decide(person, known => new RevokeToken(token, clock.GetUtcNow()).Decide(known, by), by, ct)
            : Refusal.Unknown("token", "Nyckeln finns inte.");
    }

    public Task<Outcome> Grant(Guid id, Grant grant, Caller by, CancellationToken ct) => Decide(id, person => new GrantRole(grant.Role, grant.Authority).Decide(person, by, duties), by, ct);

    /// <summary>Why nobody is given a local account here; null where there are such accounts.</summary>
    public Refusal? AccountsClosed => local.Open ? null : LocalAccounts.Closed;

    /// <summary>Null when all may be held together by one who holds nothing else.</summary>
    public Refusal? Clash(IReadOnlyList<Grant> grants) => grants.Select(g => duties.Refuse(grants, g)).FirstOrDefault(r => r is not null);

    public async Task<Outcome> RevokeRole(Guid id, RevokeRole command, Caller by, CancellationToken ct)
    {
        var others = await OthersAdministrate(id, ct);
        return await Decide(id, person => command.Decide(person, by, others), by, ct);
    }

    public async Task<Outcome> Close(Guid id, ClosePerson command, Caller by, CancellationToken ct)
    {
        var others = await OthersAdministrate(id, ct);
        return await Decide(id, person => command.Decide(person, by, others), by, ct);
    }

    public Task<Outcome> Decide(Guid id, Func<Person, Decision> decide, Caller by, CancellationToken ct) => Decide(id, decide, by, new(), ct);

    /// <summary>The person whom the identity provider means by issuer and subject.</summary>
    public async Task<Guid?> FindIdentity(byte[] identityKey, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select person_id from archive.person_identities where identity_key = $1");
        query.Parameters.Add(new() { Value = identityKey });
        return await query.ExecuteScalarAsync(ct) as Guid?;
    }

    /// <summary>
    /// Registers whoever has logged in at the identity provider for the first time, with the roles its claims give. A name is never taken as proof of who somebody is: a name that
    /// is somebody else's here is given something that tells the two apart.
    /// </summary>
    public async Task<Guid> RegisterIdentity(string issuer, string subject, byte[] identityKey, string name, string? username, IReadOnlyList<Happened> roles, CancellationToken ct)
    {
        var by = IdentityProvider.Caller;
        foreach (var called in Names(name, username))
        {
            var id = Guid.CreateVersion7(clock.GetUtcNow());
            var beside = new BesideEvents(Name: called, NameKey: PersonName.Key(keys, called), IdentityKey: identityKey);
            Happened[] events =
            [
                new(new PersonRegistered(Service: false), KeyClass.Person, new Parts().With(PersonName.Part, called)),
                new(new PersonIdentityLinked(by.PersonId), KeyClass.Person, new Parts().With("issuer", issuer).With("subject", subject)),
                .. roles,
            ];
            try
            {
                await Append(id, ExpectedVersion.NewStream, events, beside, log.NewKeySet(), by, ct);
                return id;
            }
            catch (PostgresException error) when (error is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "persons_one_a_name" })
            {
                // The next name.
            }
            catch (PostgresException error) when (error is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "person_identities_pkey" })
            {
                return (await FindIdentity(identityKey, ct))!.Value;
            }
        }

        throw new System.Diagnostics.UnreachableException("There is always another number.");
    }

    /// <summary>Makes the person be called what the identity provider says now. Who is told apart from a namesake by an addition keeps it.</summary>
    public async Task Rename(Guid id, string name, CancellationToken ct)
    {
        await using (var query = databases.Writer.CreateCommand("select name from views.persons where person_id = $1"))
        {
            query.Parameters.Add(new() { Value = id });
            if (await query.ExecuteScalarAsync(ct) is not string now || now == name || now.StartsWith(name + " (", StringComparison.Ordinal)) return;
        }

        var by = IdentityProvider.Caller;
        foreach (var called in Names(name, null))
        {
            try
            {
                var renamed = new Happened(new PersonRenamed(by.PersonId), KeyClass.Person, new Parts().With(PersonName.Part, called));
                await Decide(id, person => person.Known && !person.Closed ? renamed : Decision.Nothing, by, new(Name: called, NameKey: PersonName.Key(keys, called)), ct);
                return;
            }
            catch (PostgresException error) when (error is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "persons_one_a_name" })
            {
                // The next name.
            }
        }
    }

    private static IEnumerable<string> Names(string name, string? username)
    {
        yield return name;
        var room = name.Length > 120 ? name[..120] : name;
        if (username is { Length: <= 70 }) yield return $"{room} ({username})";
        for (var number = 2; ; number++) yield return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{room} ({number})");
    }

    private async Task<Outcome> Decide(Guid id, Func<Person, Decision> decide, Caller by, BesideEvents beside, CancellationToken ct)
    {
        while (true)
        {
            var (standing, version) = await log.Store.Fold(id, PersonStanding.Folded(id), ct);
            var decision = decide(standing.Person);
            if (decision.Refused is { } why) return why;
            if (decision.Events.Count == 0) return new Outcome.Done(standing.LastSequence, version);

            // Somebody changed the same person meanwhile: decide again on what is so now.
            if (await Append(id, ExpectedVersion.Exactly(version), decision.Events, beside, await log.Keys([id], ct), by, ct) is Appended.Done done)
                return new Outcome.Done(done.LastSequence, done.Versions[id]);
        }
    }

    private Task<Appended> Append(Guid id, ExpectedVersion expected, IReadOnlyList<Happened> events, BesideEvents beside, KeySet streamKeys, Caller by, CancellationToken ct)
    {
        var rows = events.SelectMany(happened => PersonTables.Rows(id, happened.Event, beside, clock.GetUtcNow())).ToList();
        return log.Append([new(id, Person.StreamType, expected, events)], streamKeys, new(by.PersonId.ToString("D")), rows, ct);
    }

    private async Task<Guid?> Find(byte[] nameKey, bool service, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select person_id from archive.persons where name_key = $1 and is_service = $2");
        query.Parameters.Add(new() { Value = nameKey });
        query.Parameters.Add(new() { Value = service });
        return await query.ExecuteScalarAsync(ct) as Guid?;
    }

    private async Task<(string Username, string Hash)?> Account(Guid id, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select username, password_hash from archive.users where person_id = $1");
        query.Parameters.Add(new() { Value = id });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? (row.GetString(0), row.GetString(1)) : null;
    }

    private async Task<bool> LogsInWith(Guid id, string username, string password, CancellationToken ct) =>
        await Account(id, ct) is { } account && account.Username == PersonName.FoldUsername(username) && Password.Verify(account.Hash, password);

    private async Task<bool> OthersAdministrate(Guid id, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select exists (
              select 1 from archive.grants g join archive.persons p using (person_id)
              where g.role = 'admin' and g.authority_id is null and g.person_id <> $1 and p.closed_at is null)
            """);
        query.Parameters.Add(new() { Value = id });
        return (bool)(await query.ExecuteScalarAsync(ct))!;
    }

    private static Refusal? AccountProblem(string username, string? password) =>
        PersonName.FoldUsername(username) is not { } folded ? PersonName.NotAUsername
        : Password.Objection(password ?? "", folded) is { } objection ? Refusal.Input("password-unusable", objection)
        : null;

    private static Refusal UsernameTaken(string username) => new("username-taken", $"Användarnamnet {username} är upptaget. Välj ett annat.");
}

public abstract record Registered
{
    private Registered()
    {
    }

    /// <param name="Id">The person.</param>
    /// <param name="New">False when the name was known already.</param>
    public sealed record Done(Guid Id, bool New) : Registered;

    public sealed record Refused(Refusal Why) : Registered;
}
