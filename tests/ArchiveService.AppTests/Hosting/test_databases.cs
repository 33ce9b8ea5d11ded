using ArchiveService.Testing;

namespace ArchiveService.AppTests.Hosting;

public sealed class A_test_database
{
    [Fact]
    public async Task answers_to_all_five_logins()
    {
        await using var database = await PostgresServer.NewDatabase();

        await database.Databases.Check(CancellationToken.None);
    }

    [Fact]
    public async Task is_another_one_every_time()
    {
        await using var first = await PostgresServer.NewDatabase();
        await using var second = await PostgresServer.NewDatabase();
        await using (var make = first.Owner.CreateCommand("create table archive.only_here ()"))
            await make.ExecuteNonQueryAsync();

        await using var look = second.Owner.CreateCommand("select to_regclass('archive.only_here') is null");

        Assert.Equal(true, await look.ExecuteScalarAsync());
    }
}
