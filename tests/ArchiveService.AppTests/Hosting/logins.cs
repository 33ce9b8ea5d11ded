using ArchiveService.Hosting;
using ArchiveService.Testing;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace ArchiveService.AppTests.Hosting;

/// <summary>Architecture §9 Walls.</summary>
public sealed class The_five_logins : IClassFixture<The_five_logins.Fresh>
{
    private readonly TestDatabase database;

    public The_five_logins(Fresh fresh) => database = fresh.Database;

    public sealed class Fresh : IAsyncLifetime
    {
        public TestDatabase Database { get; private set; } = null!;

        public async Task InitializeAsync() => Database = await PostgresServer.NewDatabase();

        public async Task DisposeAsync() => await Database.DisposeAsync();
    }

    [Fact]
    public async Task are_not_members_of_one_another_and_none_is_a_superuser()
    {
        await using var query = database.Superuser.CreateCommand("""
            select (select count(*) from pg_roles where rolname like 'archive\_%' and rolcanlogin
                     and not (rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls)),
                   (select count(*) from pg_auth_members m join pg_roles a on a.oid = m.member join pg_roles b on b.oid = m.roleid
                     where a.rolname like 'archive\_%' and b.rolname like 'archive\_%')
            """);
        await using var row = await query.ExecuteReaderAsync();
        await row.ReadAsync();

        Assert.Equal((5L, 0L), (row.GetInt64(0), row.GetInt64(1)));
    }

    [Fact]
    public async Task own_the_database_by_the_owner_only() =>
        Assert.Equal("archive_owner", await Ask(database.Superuser, "select pg_get_userbyid(datdba)::text from pg_database where datname = current_database()"));

    [Theory]
    [InlineData("create table public.mine ()")]
    [InlineData("create schema mine")]
    [InlineData("create function public.mine() returns int language sql as 'select 1'")]
    public async Task cannot_make_anything_except_the_owner_in_its_own_schemas(string sql)
    {
        foreach (var login in new[] { database.Writer, database.Public, database.Staff, database.Cleared })
            Assert.Contains(await Refusal(login, sql), new[] { PostgresErrorCodes.InsufficientPrivilege, PostgresErrorCodes.ReadOnlySqlTransaction });
    }

    [Fact]
    public async Task that_read_do_so_in_read_only_transactions()
    {
        foreach (var login in new[] { database.Public, database.Staff, database.Cleared })
            Assert.Equal("on", await Ask(login, "select current_setting('transaction_read_only')"));
        Assert.Equal("off", await Ask(database.Writer, "select current_setting('transaction_read_only')"));
    }

    [Theory]
    [InlineData("checkpoint")]
    [InlineData("select pg_switch_wal()")]
    [InlineData("select count(*) from pg_ls_waldir()")]
    public async Task leave_scrubbing_to_the_owner(string sql)
    {
        await using (var command = database.Owner.CreateCommand(sql))
            await command.ExecuteNonQueryAsync();

        foreach (var login in new[] { database.Writer, database.Public, database.Staff, database.Cleared })
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await Refusal(login, sql));
    }

    [Fact]
    public async Task may_all_use_the_extensions()
    {
        foreach (var login in new[] { database.Owner, database.Writer, database.Public, database.Staff, database.Cleared })
            Assert.Equal("Forvaltning", await Ask(login, "select unaccent('Förvaltning') from (select similarity('a', 'a')) s"));
    }

    [Fact]
    public async Task are_made_by_a_script_that_may_run_again()
    {
        await using var again = database.Superuser.CreateCommand(Migrations.RolesSql);
        await again.ExecuteNonQueryAsync();

        await database.Databases.Check(CancellationToken.None);
    }

    [Fact]
    public async Task are_refused_when_two_are_one()
    {
        await using var one = new Databases(database.Connections with { Public = database.Connections.Staff });

        var why = await Assert.ThrowsAsync<CannotStart>(() => one.Check(CancellationToken.None));

        Assert.Contains("both log in as archive_staff", why.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task are_refused_when_one_is_the_superuser()
    {
        await using var mighty = new Databases(database.Connections with { Writer = database.SuperuserConnection });

        var why = await Assert.ThrowsAsync<CannotStart>(() => mighty.Check(CancellationToken.None));

        Assert.Contains("ConnectionStrings__Archive logs in as the superuser", why.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task are_refused_in_a_sentence_without_the_password_when_the_server_is_away()
    {
        var away = new NpgsqlConnectionStringBuilder(database.Connections.Owner) { Host = "127.0.0.1", Port = 1, Password = "a-secret" }.ConnectionString;
        await using var lost = new Databases(database.Connections with { Owner = away });

        var why = await Assert.ThrowsAsync<CannotStart>(() => lost.Check(CancellationToken.None));

        Assert.StartsWith("The database of ConnectionStrings__ArchiveOwner does not answer", why.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("a-secret", why.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void are_needed_all_or_none()
    {
        Assert.Null(ArchiveConnections.From(Configuration([])));
        Assert.Equal(database.Connections, ArchiveConnections.From(Configuration(database.Settings)));

        var why = Assert.Throws<CannotStart>(() => ArchiveConnections.From(Configuration(database.Settings.Where(one => !one.Key.EndsWith("Staff", StringComparison.Ordinal)))));

        Assert.StartsWith("ConnectionStrings__ArchiveStaff missing", why.Message, StringComparison.Ordinal);
    }

    private static IConfigurationRoot Configuration(IEnumerable<KeyValuePair<string, string?>> settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings).Build();

    private static async Task<object?> Ask(NpgsqlDataSource login, string sql)
    {
        await using var query = login.CreateCommand(sql);
        return await query.ExecuteScalarAsync();
    }

    private static async Task<string?> Refusal(NpgsqlDataSource login, string sql)
    {
        try
        {
            await Ask(login, sql);
            return null;
        }
        catch (PostgresException error)
        {
            return error.SqlState;
        }
    }
}
