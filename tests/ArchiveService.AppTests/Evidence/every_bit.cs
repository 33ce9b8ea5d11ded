using ArchiveService.AppTests.Views;
using ArchiveService.Features.Evidence;
using ArchiveService.Features.Verify;
using ArchiveService.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ArchiveService.AppTests.EvidenceTests;

/// <summary>As a superuser who has everything but the keys: one bit of a sample of each column is turned, and each row that was touched is named.</summary>
public sealed class Every_bit : IAsyncLifetime
{
    private static readonly string[] Events = ["id", "stream_id", "version", "type", "timestamp", "user_name", "correlation_id", "causation_id", "headers", "data"];

    private const string Inserted = """{"inserted":true}""";

    private readonly ViewedArchive archive = new();
    private readonly Random random = new(83);

    public async Task InitializeAsync()
    {
        await archive.InitializeAsync();
        await archive.Archive.Services.MustStoreAttachments(default);
        for (var i = 0; i < 12; i++) await archive.Say($"bit-{i}", $"ett inlägg nummer {i} om bibliotekets öppettider");
        await After_a_restore_that_is_behind.Vouched(archive.Archive);
        await archive.Archive.Services.GetRequiredService<EvidenceWorker>().StopAsync(default);
    }

    public Task DisposeAsync() => archive.DisposeAsync();

    private Task<Verification> Verified() => ActivatorUtilities.CreateInstance<VerifyArchive>(archive.Archive.Services).Run(null, [], default);

    [Fact]
    public async Task that_is_turned_is_found_and_the_row_named()
    {
        await using var superuser = await archive.Archive.Database!.Superuser.OpenConnectionAsync();
        Assert.DoesNotContain((await Verified()).Findings, f => f.Severity == Severity.Error);
        await Run(superuser, "set session_replication_role = replica");
        foreach (var table in new[] { "mt_events", "sealed_content", "record_keys", "evidence_logs", "evidence_tiles", "evidence_checkpoints" })
        {
            await Run(superuser, $"alter table archive.{table} disable trigger all; create table public.kept_{table} as select * from archive.{table}");
            foreach (var check in await Column(superuser, $"select conname from pg_constraint where conrelid = 'archive.{table}'::regclass and contype in ('c', 'f', 'u', 'p')"))
                await Run(superuser, $"alter table archive.{table} drop constraint if exists \"{check}\" cascade");
            foreach (var index in await Column(superuser, $"select indexrelid::regclass::text from pg_index where indrelid = 'archive.{table}'::regclass and indisunique"))
                await Run(superuser, $"drop index {index}");
        }

        // Each event loses one bit of one of its columns, those of the data a random one of a random value.
        var sequences = await Column(superuser, "select seq_id::text from archive.mt_events order by seq_id");
        var touched = new Dictionary<long, string>();
        for (var i = 0; i < sequences.Count; i++)
        {
            var column = Events[i % Events.Length];
            var seq = long.Parse(sequences[i], System.Globalization.CultureInfo.InvariantCulture);
            await Run(superuser, $"update archive.mt_events set {column} = {await Turned(superuser, column, seq)} where seq_id = {seq}");
            touched.Add(seq, column);
        }

        var found = (await Verified()).Findings.Where(f => f.Code == "event-altered").Select(f => f.Sequence!.Value).ToHashSet();
        Assert.Empty(touched.Where(t => !found.Contains(t.Key)).Select(t => $"{t.Key}: {t.Value}"));
        await Restore(superuser, "mt_events");

        // Content, keys and what vouches for them.
        foreach (var (table, columns, key) in new (string Table, string[] Columns, string Key)[]
        {
            ("sealed_content", ["event_id", "ciphertext"], "event_id"),
            ("record_keys", ["key_id", "stream_id", "kek_id", "wrapped"], "key_id"),
            ("evidence_logs", ["vkey", "current_vkey", "after_seq", "size", "last_seq"], "origin"),
            ("evidence_tiles", ["level", "tile", "hashes", "sequences"], "(origin, level, tile)::text"),
            ("evidence_checkpoints", ["size", "root", "note"], "size"),
        })
        {
            foreach (var column in columns)
            {
                for (var bit = 0; bit < (column is "ciphertext" or "wrapped" or "hashes" or "note" ? 2 : 1); bit++)
                {
                    var row = (await Column(superuser, $"select ctid::text from archive.{table} order by {key} offset {random.Next(3)} limit 1")) is [var one] ? one : (await Column(superuser, $"select ctid::text from archive.{table} limit 1"))[0];
                    await Run(superuser, $"update archive.{table} set {column} = {await Turned(superuser, table, column, row)} where ctid = '{row}'");
                    var report = await Verified();
                    Assert.True(report.Findings.Any(f => f.Severity == Severity.Error), $"{table}.{column}: nothing was found.");
                    await Restore(superuser, table);
                }
            }
        }

        Assert.DoesNotContain((await Verified()).Findings, f => f.Severity == Severity.Error);

        // An event put in between, with those behind it moved on by a number.
        var between = long.Parse(sequences[sequences.Count / 2], System.Globalization.CultureInfo.InvariantCulture);
        await Run(superuser, $"""
            update archive.mt_events set seq_id = -(seq_id + 1) where seq_id >= {between};
            update archive.mt_events set seq_id = -seq_id where seq_id < 0;
            insert into archive.mt_events select * from public.kept_mt_events where seq_id = {between};
            update archive.mt_events set id = gen_random_uuid(), data = data || '{Inserted}'::jsonb where seq_id = {between}
            """);
        Assert.Contains((await Verified()).Findings, f => f.Code == "event-altered" && f.Sequence == between);
        await Restore(superuser, "mt_events");
    }

    private Task<string> Turned(NpgsqlConnection connection, string column, long seq) => Turned(connection, "mt_events", column, $"(select ctid from archive.mt_events where seq_id = {seq})");

    /// <summary>SQL of the value with one bit turned, or of one where there was none.</summary>
    private async Task<string> Turned(NpgsqlConnection connection, string table, string column, string row)
    {
        var at = row.StartsWith('(') && row.Contains("select", StringComparison.Ordinal) ? row : $"'{row}'";
        var type = (await Column(connection, $"select format_type(atttypid, null) from pg_attribute where attrelid = 'archive.{table}'::regclass and attname = '{column}'"))[0];
        var length = int.Parse((await Column(connection, $"select coalesce(length({column}::text), 0)::text from archive.{table} where ctid = {at}"))[0], System.Globalization.CultureInfo.InvariantCulture);
        switch (type)
        {
            case "bytea":
                var place = random.Next((length - 2) / 2);
                return $"set_byte({column}, {place}, get_byte({column}, {place}) # {1 << random.Next(8)})";
            case "integer" or "bigint":
                return $"{column} # 1";
            case "bigint[]":
                return $"{column}[1:cardinality({column}) - 1] || ({column}[cardinality({column})] # 1)";
            case "uuid":
                return $"overlay({column}::text placing to_hex(('x' || substr({column}::text, 30, 1))::bit(4)::int # 1) from 30 for 1)::uuid";
            case "timestamp with time zone":
                return $"{column} + interval '1 microsecond'";
            case "jsonb":
                if (length == 0) return "'{\"v\":1}'::jsonb";
                var text = (await Column(connection, $"select {column}::text from archive.{table} where ctid = {at}"))[0];
                return $"{Quoted(Bit(text))}::jsonb";
            default:
                if (length == 0) return "'x'";
                var value = (await Column(connection, $"select {column}::text from archive.{table} where ctid = {at}"))[0];
                var which = random.Next(value.Length);
                while (!char.IsAsciiLetterOrDigit(value[which])) which = random.Next(value.Length);
                return Quoted(value[..which] + (char)(value[which] ^ 1) + value[(which + 1)..]);
        }
    }

    /// <summary>One bit of a letter or digit inside a string, or of the last digit of a number.</summary>
    private string Bit(string json)
    {
        while (true)
        {
            var at = random.Next(json.Length);
            if (!char.IsAsciiLetterOrDigit(json[at])) continue;
            var turned = json[..at] + (char)(json[at] ^ 1) + json[(at + 1)..];
            try
            {
                using var parsed = System.Text.Json.JsonDocument.Parse(turned);
                return turned;
            }
            catch (System.Text.Json.JsonException)
            {
                // Not a value's bit.
            }
        }
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static async Task Restore(NpgsqlConnection connection, string table)
    {
        var columns = string.Join(", ", await Column(connection, $"select attname from pg_attribute where attrelid = 'archive.{table}'::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum"));
        await Run(connection, $"delete from archive.{table}; insert into archive.{table} ({columns}) select {columns} from public.kept_{table}");
    }

    private static async Task Run(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<List<string>> Column(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var rows = await command.ExecuteReaderAsync();
        var found = new List<string>();
        while (await rows.ReadAsync()) found.Add(rows.GetString(0));
        return found;
    }
}
