using ArchiveService.Hosting;
using ArchiveService.Testing;
using Npgsql;

namespace ArchiveService.AppTests.Hosting;

public sealed class Migrating : IAsyncLifetime
{
    private static readonly Migration First = new(1, "0001_letters.sql", "create schema t; create table t.letters (letter text primary key);");
    private static readonly Migration Second = new(2, "0002_a.sql", "insert into t.letters values ('a');");

    private TestDatabase database = null!;

    public async Task InitializeAsync() => database = await PostgresServer.NewEmptyDatabase();

    public async Task DisposeAsync() => await database.DisposeAsync();

    [Fact]
    public async Task applies_what_is_missing_and_nothing_twice()
    {
        Assert.Equal(1, await Apply(First));
        Assert.Equal(1, await Apply(First, Second));
        Assert.Equal(0, await Apply(First, Second));

        Assert.Equal(["1 0001_letters.sql", "2 0002_a.sql"], await Column("select number || ' ' || name from archive.schema_migrations order by number"));
        Assert.Equal(["a"], await Column("select letter from t.letters"));
    }

    [Fact]
    public async Task refuses_an_applied_file_that_was_changed()
    {
        await Apply(First, Second);

        var why = await Assert.ThrowsAsync<CannotStart>(() => Apply(First, Second with { Sql = "insert into t.letters values ('b');" }));

        Assert.Contains("0002_a.sql was changed after it had been applied", why.Message, StringComparison.Ordinal);
        Assert.Equal(["a"], await Column("select letter from t.letters"));
    }

    [Fact]
    public async Task refuses_a_database_that_a_newer_build_has_opened()
    {
        await Apply(First, Second);

        var why = await Assert.ThrowsAsync<CannotStart>(() => Apply(First));

        Assert.Contains("0002_a.sql, which this build does not know", why.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task refuses_a_file_numbered_before_the_last_applied_one()
    {
        var third = new Migration(3, "0003_c.sql", "insert into t.letters values ('c');");
        await Apply(First, third);

        var why = await Assert.ThrowsAsync<CannotStart>(() => Apply(First, Second, third));

        Assert.Contains("0002_a.sql stands before 0003_c.sql", why.Message, StringComparison.Ordinal);
        Assert.Equal(["c"], await Column("select letter from t.letters"));
    }

    [Fact]
    public async Task leaves_nothing_of_a_file_that_fails()
    {
        var broken = new Migration(2, "0002_broken.sql", "insert into t.letters values ('x'); select 1 / 0;");

        var why = await Assert.ThrowsAsync<CannotStart>(() => Apply(First, broken));

        Assert.Contains("0002_broken.sql failed and was rolled back: division by zero", why.Message, StringComparison.Ordinal);
        Assert.Empty(await Column("select letter from t.letters"));
        Assert.Equal(1, await Apply(First, Second));
    }

    [Fact]
    public async Task from_several_nodes_at_once_applies_each_file_once()
    {
        var applied = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Apply(First, Second)));

        Assert.Equal(2, applied.Sum());
        Assert.Equal(["a"], await Column("select letter from t.letters"));
    }

    [Fact]
    public void knows_its_own_files_in_order() =>
        Assert.Equal(Migrations.BuiltIn.OrderBy(migration => migration.Name, StringComparer.Ordinal), Migrations.BuiltIn);

    private Task<int> Apply(params Migration[] migrations) => Migrations.Apply(database.Owner, migrations, CancellationToken.None);

    private async Task<List<string>> Column(string sql)
    {
        await using var query = database.Owner.CreateCommand(sql);
        await using var row = await query.ExecuteReaderAsync();
        List<string> values = [];
        while (await row.ReadAsync())
            values.Add(row.GetString(0));
        return values;
    }
}
