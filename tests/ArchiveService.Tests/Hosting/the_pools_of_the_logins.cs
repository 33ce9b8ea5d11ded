using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.Tests.Hosting;

public sealed class The_pools_of_the_logins
{
    [Fact]
    public async Task have_their_size_their_name_and_statements_that_stay_prepared()
    {
        await using var databases = new Databases(new("Host=x;Username=owner", "Host=x;Username=writer", "Host=x;Username=public", "Host=x;Username=staff", "Host=x;Username=cleared"));

        Assert.Equal((8, 0, "ArchiveService owner"), Of(databases.Owner));
        Assert.Equal((40, 64, "ArchiveService writer"), Of(databases.Writer));
        Assert.Equal((16, 0, "ArchiveService public"), Of(databases.Public));
    }

    [Fact]
    public async Task keep_what_the_connection_string_says()
    {
        const string Said = "Host=x;Username=u;Maximum Pool Size=7;Max Auto Prepare=0;Application Name=Ours";
        await using var databases = new Databases(new(Said, Said, Said, Said, Said));

        Assert.Equal((7, 0, "Ours"), Of(databases.Writer));
    }

    private static (int Most, int Prepared, string? Name) Of(NpgsqlDataSource pool)
    {
        var set = new NpgsqlConnectionStringBuilder(pool.ConnectionString);
        return (set.MaxPoolSize, set.MaxAutoPrepare, set.ApplicationName);
    }
}
