using ArchiveService.Hosting;
using ArchiveService.Hosting.Embedded;

namespace ArchiveService.Access;

/// <summary>The file in the data folder that holds the first user's first password, for as long as it is that user's password.</summary>
public sealed class FirstPassword(Installation installation)
{
    public const string Username = "admin";

    public string File { get; } = Path.Combine(installation.DataFolder, "first-login.txt");

    public bool IsWaiting => System.IO.File.Exists(File);

    public void Write(string password) => PrivateFile.Write(File, $"""
        Användarnamn: {Username}
        Lösenord: {password}

        Logga in på samma dator och byt lösenordet under Byt lösenord. Den här filen tas då bort.

        """);

    /// <summary>It is no longer the password of <paramref name="username"/>, if it ever was.</summary>
    public void Replaced(string username)
    {
        if (username == Username) System.IO.File.Delete(File);
    }
}
