using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.Testing;
using Npgsql;
using static ArchiveService.AppTests.Hardening.HostileArchive;

namespace ArchiveService.AppTests.Hardening;

/// <summary>
/// What the database says of an error quotes the values that made it. Here it quotes as much as it can: a trigger answers every row with an error that holds the row and
/// a planted word, as a broken constraint, a bad value, an index row that is too long, a deadlock and a timeout would.
/// </summary>
[Collection(nameof(HostileArchive))]
public sealed class Planted_text(HostileArchive archive)
{
    private const string Planted = "PLANTERADHEMLIGHET";

    private async Task Run(string sql)
    {
        await using var command = archive.Served.Database!.Superuser.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private Task Break(string table, string code) => Run($"""
        create or replace function public.planted() returns trigger language plpgsql as $$
        begin
          raise exception using errcode = '{code}', message = 'value "{Planted}" ' || left(new::text, 2000), detail = 'Failing row contains ({Planted} ' || left(new::text, 2000) || ')', hint = '{Planted}';
        end $$;
        grant execute on function public.planted() to public;
        create trigger planted before insert or update on {table} for each row execute function public.planted();
        """);

    private Task Mend(string table) => Run($"drop trigger if exists planted on {table}");

    [Fact]
    public async Task in_an_error_of_the_database_is_in_no_answer_log_trace_or_table()
    {
        var (spoken, traced) = (new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) || source.Name.StartsWith("ArchiveService", StringComparison.Ordinal),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                foreach (var (name, value) in activity.TagObjects) traced.Enqueue($"{activity.Source.Name} {name}={value}");
                foreach (var happened in activity.Events) traced.Enqueue($"{happened.Name} {string.Join(' ', happened.Tags.Select(t => $"{t.Key}={t.Value}"))}");
                traced.Enqueue(activity.StatusDescription ?? "");
            },
        };
        ActivitySource.AddActivityListener(listener);
        var channel = archive.Ids["channels"][0];
        var native = 0;

        async Task<HttpResponseMessage> Hear(Task<HttpResponseMessage> asked)
        {
            var answer = await asked;
            spoken.Enqueue($"{(int)answer.StatusCode} {answer.Headers} {await answer.Content.ReadAsStringAsync()}");
            return answer;
        }

        Task<HttpResponseMessage> Capture()
        {
            var line = JsonSerializer.Serialize(new { act = "create", nativeId = $"planterad-{++native}", kind = "comment", author = new { nativeId = Planted, displayName = Planted }, audience = "public", occurredAt = "2026-03-01T12:00:00Z", text = Planted });
            return archive.Program.PostAsync(At($"/api/v1/channels/{channel}/captures"), new StringContent(line, Encoding.UTF8, "application/x-ndjson"));
        }

        foreach (var code in (string[])["23505", "23514", "23502", "22P02", "22001", "54000", "42804", "P0001", "40P01", "57014", "55P03"])
        {
            await Break("archive.mt_events", code);
            try
            {
                await Hear(archive.Program.PostAsJsonAsync(At("/api/v1/cases"), new { authority = "OND", title = Planted }));
                if (code is "40P01" or "55P03") continue;
                await Hear(Capture());
                if (code is "23505" or "22P02") await Hear(ServedArchive.Post(archive.Browser, "/anvandare", "/anvandare", ("Name", Planted)));
            }
            finally
            {
                await Mend("archive.mt_events");
            }
        }

        Assert.Contains(spoken, answer => answer.StartsWith('5'));

        // A projection that cannot go on says so on the page of those who run the service, and goes on when it can.
        var tables = new List<string>();
        await using (var of = archive.Served.Database!.Superuser.CreateCommand("select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'views' and tablename like 'record%' and tablename not like '%\\_p\\_%'"))
        await using (var rows = await of.ExecuteReaderAsync())
        {
            while (await rows.ReadAsync()) tables.Add(rows.GetString(0));
        }

        var broken = new List<string>();
        foreach (var table in tables)
        {
            try
            {
                await Break(table, "22P02");
                broken.Add(table);
            }
            catch (PostgresException)
            {
                // A part of a table whose trigger it has already.
            }
        }

        var before = archive.Log.Lines.Count;
        await Hear(Capture());
        for (var i = 0; i < 50 && archive.Log.Lines.Count == before; i++) await Task.Delay(100);
        foreach (var path in (string[])["/drift", "/api/v1/projections", "/health/ready", "/metrics", "/kontroll"]) await Hear(archive.Program.GetAsync(At(path)));
        foreach (var table in broken) await Mend(table);
        await Run("delete from archive.projection_stops");

        Assert.NotEmpty(broken);
        Assert.DoesNotContain(spoken, said => said.Contains(Planted, StringComparison.Ordinal));
        Assert.DoesNotContain(archive.Log.Lines, line => line.Contains(Planted, StringComparison.Ordinal));
        Assert.DoesNotContain(traced, tag => tag.Contains(Planted, StringComparison.Ordinal));
        Assert.Empty(await Stored());
    }

    /// <summary>Columns that hold it in the clear. The views hold what was written, behind their walls; the log and its tables hold nothing of it.</summary>
    private async Task<List<string>> Stored()
    {
        var columns = new List<(string Table, string Column)>();
        await using (var of = archive.Served.Database!.Superuser.CreateCommand("""
            select format('%I.%I', table_schema, table_name), format('%I', column_name) from information_schema.columns join pg_tables t on t.schemaname = table_schema and t.tablename = table_name
            where table_schema in ('archive', 'work') and data_type in ('text', 'jsonb', 'json', 'ARRAY', 'character varying')
            """))
        await using (var rows = await of.ExecuteReaderAsync())
        {
            while (await rows.ReadAsync()) columns.Add((rows.GetString(0), rows.GetString(1)));
        }

        Assert.NotEmpty(columns);
        var found = new List<string>();
        foreach (var (table, column) in columns)
        {
            await using var query = archive.Served.Database.Superuser.CreateCommand($"select count(*) from {table} where {column}::text like '%{Planted}%'");
            if ((long)(await query.ExecuteScalarAsync())! > 0) found.Add($"{table}.{column}");
        }

        return found;
    }
}
