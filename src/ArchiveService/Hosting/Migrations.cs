using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace ArchiveService.Hosting;

/// <summary>One numbered SQL file of db/migrations, as it is built into the service.</summary>
public sealed record Migration(int Number, string Name, string Sql)
{
    public string Checksum => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));
}

/// <summary>Brings the database to this build's shape: db/migrations/NNNN_what.sql, each once, each in its own transaction.</summary>
public static class Migrations
{
    private const string Folder = "db/migrations/";

    // Any constant does; it only has to be the same in every build that may start beside this one.
    private const long TurnKey = 4_711_200_001;

    public static IReadOnlyList<Migration> BuiltIn { get; } = Numbered(Embedded(Folder));

    public static string RolesSql { get; } = Embedded("db/roles.sql").Single().Text;

    public static Task<int> Apply(NpgsqlDataSource owner, CancellationToken ct) => Apply(owner, BuiltIn, ct);

    /// <summary>Applies what is missing and answers how many that was.</summary>
    /// <exception cref="CannotStart">An applied file was changed or removed, or a new one stands before the last applied one.</exception>
    public static async Task<int> Apply(NpgsqlDataSource owner, IReadOnlyList<Migration> migrations, CancellationToken ct)
    {
        await using var db = await owner.OpenConnectionAsync(ct);

        // Several nodes may start at once: the others wait here and then find nothing left to do.
        await Run(db, $"select pg_advisory_lock({TurnKey})", ct);
        try
        {
            await Run(db, """
                create schema if not exists archive;
                create table if not exists archive.schema_migrations (
                  number integer primary key,
                  name text not null,
                  checksum text not null,
                  applied_at timestamptz not null default clock_timestamp()
                );
                """, ct);
            var applied = await Applied(db, ct);
            CompareWith(applied, migrations);

            var missing = migrations.Where(migration => !applied.ContainsKey(migration.Number)).ToList();
            foreach (var migration in missing)
                await Apply(db, migration, ct);
            return missing.Count;
        }
        finally
        {
            await Run(db, $"select pg_advisory_unlock({TurnKey})", CancellationToken.None);
        }
    }

    private static async Task Apply(NpgsqlConnection db, Migration migration, CancellationToken ct)
    {
        await using var transaction = await db.BeginTransactionAsync(ct);
        try
        {
            await Run(db, migration.Sql, ct);
        }
        catch (PostgresException error)
        {
            throw new CannotStart(
                $"Migration {migration.Name} failed and was rolled back: {error.MessageText} (SQLSTATE {error.SqlState}"
                + $"{(error.Where is { } where ? $", {where.Split('\n')[0]}" : "")}). The database is as it was before; mend the file and start again.",
                error);
        }

        await using var note = new NpgsqlCommand(
            "insert into archive.schema_migrations (number, name, checksum) values ($1, $2, $3)", db, transaction);
        note.Parameters.Add(new() { Value = migration.Number });
        note.Parameters.Add(new() { Value = migration.Name });
        note.Parameters.Add(new() { Value = migration.Checksum });
        await note.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
    }

    private static void CompareWith(SortedDictionary<int, (string Name, string Checksum)> applied, IReadOnlyList<Migration> migrations)
    {
        var known = migrations.ToDictionary(migration => migration.Number);
        foreach (var (number, (name, checksum)) in applied)
        {
            if (!known.TryGetValue(number, out var migration))
            {
                throw new CannotStart(
                    $"The database has migration {name}, which this build does not know. It was opened by a newer ArchiveService: start that one, or restore a backup from before it.");
            }

            if (migration.Checksum != checksum)
            {
                throw new CannotStart(
                    $"Migration {name} was changed after it had been applied to this database. Put the file back as it was and bring the change in a new migration.");
            }
        }

        var last = applied.Keys.LastOrDefault();
        if (migrations.FirstOrDefault(migration => migration.Number < last && !applied.ContainsKey(migration.Number)) is { } late)
        {
            throw new CannotStart(
                $"Migration {late.Name} stands before {applied[last].Name}, which this database already has. Give it a number after the last one; a trial data folder may be thrown away instead.");
        }
    }

    private static async Task<SortedDictionary<int, (string Name, string Checksum)>> Applied(NpgsqlConnection db, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand("select number, name, checksum from archive.schema_migrations", db);
        await using var row = await query.ExecuteReaderAsync(ct);
        var applied = new SortedDictionary<int, (string, string)>();
        while (await row.ReadAsync(ct))
            applied.Add(row.GetInt32(0), (row.GetString(1), row.GetString(2)));
        return applied;
    }

    private static async Task Run(NpgsqlConnection db, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, db) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
    }

    private static List<Migration> Numbered(IEnumerable<(string Name, string Text)> files)
    {
        var migrations = files
            .Select(file => new Migration(int.Parse(file.Name[..4], NumberStyles.None, CultureInfo.InvariantCulture), file.Name, file.Text))
            .OrderBy(migration => migration.Number)
            .ToList();
        return migrations.GroupBy(migration => migration.Number).FirstOrDefault(same => same.Skip(1).Any()) is { } twice
            ? throw new InvalidOperationException($"Two migrations have the number {twice.Key:0000}: {string.Join(", ", twice.Select(file => file.Name))}.")
            : migrations;
    }

    // A checkout with Windows line ends must not look like a changed migration.
    private static IEnumerable<(string Name, string Text)> Embedded(string prefix)
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            using var text = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            yield return (resource[prefix.Length..], text.ReadToEnd().ReplaceLineEndings("\n"));
        }
    }
}
