using System.Net;
using ArchiveService.Access;
using ArchiveService.Features.Persons;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.AccessTests;

public sealed class The_first_login
{
    [Fact]
    public async Task of_a_trial_is_the_administrators_with_the_password_in_a_private_file()
    {
        await using var archive = await ServedArchive.Start(embedded: true);
        var file = Path.Combine(archive.DataFolder, "first-login.txt");
        var password = File.ReadAllLines(file).Single(line => line.StartsWith("Lösenord: ", StringComparison.Ordinal))["Lösenord: ".Length..];

        var admin = archive.Browser();
        var answer = await ServedArchive.LogIn(admin, "admin", password);

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal("admin", await archive.Value<string>("select string_agg(role, ',') from archive.grants"));
        Assert.False(await archive.Value<bool>("select clearance from archive.persons"));
        var greeting = new List<string>();
        await foreach (var line in archive.Services.GetRequiredService<FirstLogin>().WhoCanLogIn(default)) greeting.Add(line);
        Assert.Contains(greeting, line => line.Contains("admin", StringComparison.Ordinal));
        Assert.Contains(greeting, line => line.Contains(file, StringComparison.Ordinal));
        Assert.DoesNotContain(greeting, line => line.Contains(password, StringComparison.Ordinal));

        await StartTests.GettingStarted.Walk(archive, admin);

        // The file goes with the password that it holds.
        var person = await archive.Value<Guid>("select person_id from archive.users where username = 'admin'");
        await archive.Services.GetRequiredService<PersonRegister>().SetPassword(person, null, "ett helt annat lösenord", CommandLineCaller.Caller, oldOneGiven: false, default);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task is_not_made_for_a_database_of_ones_own()
    {
        await using var archive = await ServedArchive.Start(settings: new Dictionary<string, string?> { ["Access:LocalAccounts"] = null });

        var answer = await archive.Browser().GetAsync(new Uri("/logga-in", UriKind.Relative));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.False(File.Exists(Path.Combine(archive.DataFolder, "first-login.txt")));
        Assert.Equal(0L, await archive.Value<long>("select count(*) from archive.users"));
    }
}
