using System.Security.Cryptography;
using System.Text.Json;
using Npgsql;

namespace ArchiveService.Hosting.Embedded;

/// <summary>How to reach the embedded server, kept in the data folder (mode 600) so that every <c>./run VERB</c> finds it.</summary>
internal sealed record ServerAccess(string SocketFolder, IReadOnlyDictionary<string, string> Passwords)
{
    public const string Superuser = "postgres";
    public const string Database = "archive";

    public static readonly string[] Logins = ["archive_owner", "archive_writer", "archive_public", "archive_staff", "archive_cleared"];

    public static ServerAccess New() => new(
        NewSocketFolderName(), Logins.Append(Superuser).ToDictionary(login => login, _ => RandomNumberGenerator.GetHexString(40, lowercase: true)));

    public static ServerAccess? Read(string path) => File.Exists(path) ? JsonSerializer.Deserialize<ServerAccess>(File.ReadAllText(path)) : null;

    public void Write(string path) => PrivateFile.Write(path, JsonSerializer.Serialize(this));

    // Short, because a socket's path may have 107 bytes at most, and not to be guessed, because anyone may write in /tmp.
    public static string NewSocketFolderName() => $"/tmp/archiveservice-{RandomNumberGenerator.GetHexString(16, lowercase: true)}";

    public string ConnectionString(string login, string database = Database) => new NpgsqlConnectionStringBuilder
    {
        Host = SocketFolder,
        Port = 5432,
        Database = database,
        Username = login,
        Password = Passwords[login],
    }.ConnectionString;

    public ArchiveConnections Connections => new(
        ConnectionString("archive_owner"), ConnectionString("archive_writer"), ConnectionString("archive_public"),
        ConnectionString("archive_staff"), ConnectionString("archive_cleared"));
}
