using ArchiveService.Testing;
using Npgsql;

namespace ArchiveService.AppTests.AccessTests;

/// <summary>
/// Somebody sends SQL of their own through a login of the service (architecture §9 Walls, §11): what each of them can and cannot reach when it does its worst.
/// Every login is tried as it is, with what it may switch off switched off.
/// </summary>
[Collection(nameof(WalkedArchive))]
public sealed class Hostile_sql(WalkedArchive walked)
{
    private const string Marker = WalkedArchive.Marker;

    private static readonly string[] Readers = ["public", "staff", "cleared"];

    /// <summary>What each login of the public may read: anything more is a hole, and belongs here only when everybody may know it.</summary>
    private static readonly string[] OpenToThePublic =
    [
        "archive.attachments_public", "archive.authorities", "archive.case_alternates", "archive.diary_corrections", "archive.diary_transfers", "archive.evidence_checkpoints", "archive.evidence_cosignatures",
        "archive.evidence_keys", "archive.evidence_logs", "archive.evidence_tiles", "archive.evidence_timestamps", "archive.formats_open", "archive.holdings_open", "archive.retention_decisions",
        "archive.retention_rules", "archive.voided_numbers", "views.case_titles_public", "views.channel_register_public", "views.diary_public", "views.takedowns_public",
    ];

    private NpgsqlDataSource Of(string login) => login switch
    {
        "public" => walked.Served.Databases.Public,
        "staff" => walked.Served.Databases.Staff,
        "cleared" => walked.Served.Databases.Cleared,
        "writer" => walked.Served.Databases.Writer,
        _ => throw new ArgumentOutOfRangeException(nameof(login), login, "No such login."),
    };

    /// <summary>As somebody who has the connection: read-only and time limits are switched off first. Nothing is kept.</summary>
    private async Task<(string? Refused, object? Value)> Try(string login, string sql)
    {
        await using var connection = await Of(login).OpenConnectionAsync();

        // That one is refused inside a transaction whoever asks.
        if (sql.StartsWith("alter system", StringComparison.Ordinal))
        {
            try
            {
                await using var alone = new NpgsqlCommand(sql, connection);
                await alone.ExecuteNonQueryAsync();
                return (null, null);
            }
            catch (PostgresException error)
            {
                return (error.SqlState, error.MessageText);
            }
        }

        await using var transaction = await connection.BeginTransactionAsync();
        await using (var off = new NpgsqlCommand("set transaction read write; set local statement_timeout = '20s'", connection, transaction)) await off.ExecuteNonQueryAsync();
        try
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            return (null, await command.ExecuteScalarAsync());
        }
        catch (PostgresException error)
        {
            return (error.SqlState, error.MessageText);
        }
    }

    private async Task<List<string>> Column(string login, string sql)
    {
        await using var query = Of(login).CreateCommand(sql);
        await using var rows = await query.ExecuteReaderAsync();
        var found = new List<string>();
        while (await rows.ReadAsync()) found.Add(rows.GetValue(0).ToString()!);
        return found;
    }

    [Theory]
    [InlineData("set role archive_owner")]
    [InlineData("set role archive_cleared")]
    [InlineData("set role postgres")]
    [InlineData("set session authorization archive_owner")]
    [InlineData("select set_config('role', 'archive_owner', false)")]
    [InlineData("select set_config('session_authorization', 'archive_owner', false)")]
    [InlineData("do $$ begin execute 'set role archive_owner'; end $$")]
    [InlineData("alter role current_user superuser")]
    [InlineData("alter role archive_owner password 'mine'")]
    [InlineData("grant archive_owner to current_user")]
    [InlineData("grant pg_read_all_data to current_user")]
    [InlineData("create role mine login superuser")]
    [InlineData("set session_replication_role = replica")]
    [InlineData("set log_statement = 'all'")]
    [InlineData("alter system set archive_mode = on")]
    [InlineData("set session_preload_libraries = 'mine'")]
    [InlineData("select pg_reload_conf()")]
    public async Task gets_no_other_rights(string sql)
    {
        foreach (var login in Readers.Append("writer").Where(login => !sql.EndsWith($"archive_{login}", StringComparison.Ordinal))) Assert.Equal((login, PostgresErrorCodes.InsufficientPrivilege), (login, (await Try(login, sql)).Refused is "42501" or "55P02" or "42704" ? PostgresErrorCodes.InsufficientPrivilege : "let in"));
    }

    [Fact]
    public async Task is_still_who_it_was_after_a_reset()
    {
        foreach (var login in Readers.Append("writer"))
        {
            foreach (var reset in new[] { "reset role", "reset session authorization", "reset all" })
                Assert.Equal($"archive_{login}", (await Try(login, $"{reset}; select current_user::text")).Value);
        }
    }

    [Theory]
    [InlineData("copy (select 1) to program 'id'")]
    [InlineData("copy archive.authorities from program 'id'")]
    [InlineData("copy (select 1) to '/tmp/archive-hostile'")]
    [InlineData("copy archive.authorities from '/etc/passwd'")]
    [InlineData("select pg_read_file('/etc/passwd')")]
    [InlineData("select pg_read_binary_file('PG_VERSION')")]
    [InlineData("select pg_ls_dir('.')")]
    [InlineData("select pg_stat_file('PG_VERSION')")]
    [InlineData("select lo_import('/etc/passwd')")]
    [InlineData("select lo_export(1, '/tmp/archive-hostile')")]
    [InlineData("select lo_create(0)")]
    [InlineData("select lo_from_bytea(0, 'x')")]
    [InlineData("create extension dblink")]
    [InlineData("create extension postgres_fdw")]
    [InlineData("create extension file_fdw")]
    [InlineData("create extension pageinspect")]
    [InlineData("create server mine foreign data wrapper nothing")]
    [InlineData("create function mine() returns int language c as '/tmp/mine', 'mine'")]
    [InlineData("create publication mine for all tables")]
    [InlineData("select pg_create_logical_replication_slot('mine', 'test_decoding')")]
    [InlineData("select pg_current_logfile()")]
    [InlineData("select pg_hba_file_rules()")]
    [InlineData("select * from pg_authid")]
    [InlineData("select * from pg_shadow")]
    [InlineData("select * from pg_largeobject")]
    [InlineData("select * from pg_statistic")]
    [InlineData("select * from pg_user_mapping")]
    [InlineData("load '/tmp/mine'")]
    public async Task reaches_nothing_outside_the_tables(string sql)
    {
        foreach (var login in Readers.Append("writer"))
        {
            var (refused, value) = await Try(login, sql);
            Assert.True(refused is "42501" or "42704" or "0A000" or "58P01", $"{login}: {sql}: {refused ?? "let in"} {value}");
        }
    }

    [Theory]
    [InlineData("create table archive.mine ()")]
    [InlineData("create table views.mine ()")]
    [InlineData("create table work.mine ()")]
    [InlineData("create table public.mine ()")]
    [InlineData("create schema mine")]
    [InlineData("create function archive.mine() returns int language sql as 'select 1'")]
    [InlineData("create operator public.=== (function = int4eq, leftarg = int, rightarg = int)")]
    [InlineData("create aggregate public.mine(int) (sfunc = int4pl, stype = int)")]
    [InlineData("create domain public.mine as int")]
    [InlineData("alter table archive.mt_events disable trigger all")]
    [InlineData("alter table archive.mt_events owner to current_user")]
    [InlineData("create or replace function archive.refuse_change() returns trigger language plpgsql as 'begin return old; end'")]
    [InlineData("drop table archive.mt_events")]
    [InlineData("truncate archive.mt_events")]
    [InlineData("delete from archive.mt_events")]
    [InlineData("update archive.mt_events set data = '{}'")]
    [InlineData("update archive.mt_events set timestamp = now()")]
    [InlineData("delete from archive.record_keys")]
    [InlineData("update archive.record_keys set wrapped = ''")]
    [InlineData("delete from archive.sealed_content")]
    [InlineData("update archive.sealed_content set ciphertext = ''")]
    [InlineData("insert into archive.destruction_marks select * from archive.destruction_marks")]
    [InlineData("delete from archive.record_reads")]
    [InlineData("delete from archive.audit_entries")]
    [InlineData("update archive.audit_entries set actor_id = null")]
    [InlineData("create trigger mine before insert on archive.mt_events for each row execute function archive.refuse_change()")]
    [InlineData("create rule mine as on insert to archive.mt_events do instead nothing")]
    [InlineData("create policy mine on archive.mt_events using (true)")]
    [InlineData("create index mine on archive.mt_events (type)")]
    [InlineData("comment on table archive.mt_events is 'mine'")]
    [InlineData("lock table archive.mt_events in access exclusive mode")]
    public async Task changes_nothing_that_stands(string sql)
    {
        foreach (var login in Readers.Append("writer"))
        {
            var (refused, value) = await Try(login, sql);
            Assert.True(refused is "42501" or "42601", $"{login}: {sql}: {refused ?? "let in"} {value}");
        }
    }

    [Fact]
    public async Task writes_nothing_through_a_login_that_reads()
    {
        foreach (var login in Readers)
        {
            Assert.Empty(await Column(login, """
                select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where n.nspname in ('archive', 'views', 'views_next', 'work', 'public') and c.relkind in ('r', 'p', 'v', 'm', 'f')
                  and (has_table_privilege(c.oid, 'insert') or has_table_privilege(c.oid, 'update') or has_table_privilege(c.oid, 'delete') or has_table_privilege(c.oid, 'truncate')
                    or has_table_privilege(c.oid, 'references') or has_table_privilege(c.oid, 'trigger') or has_any_column_privilege(c.oid, 'insert') or has_any_column_privilege(c.oid, 'update'))
                """));
            Assert.Empty(await Column(login, "select nspname from pg_namespace where has_schema_privilege(oid, 'create') and nspname !~ '^pg_temp'"));
            await Try(login, "grant select on archive.record_keys to public");
            Assert.Equal("42501", (await Try(login, "create temporary table mt_events (id int)")).Refused);
            Assert.Equal("42501", (await Try(login, "select pg_advisory_lock(1)")).Refused);
            Assert.Equal("42501", (await Try(login, "select pg_advisory_xact_lock_shared(7316401)")).Refused);
        }
    }

    [Fact]
    public async Task calls_no_function_with_the_owners_rights_but_those_it_is_for()
    {
        await using var query = walked.Served.Databases.Owner.CreateCommand("""
            select p.oid::regproc::text || ': ' || (select coalesce(string_agg(substr(r, 9), ', ' order by r), 'nobody') from unnest(array['archive_public', 'archive_staff', 'archive_cleared', 'archive_writer']) r where has_function_privilege(r, p.oid, 'execute')),
                   coalesce(array_to_string(p.proconfig, ';'), '')
            from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.prosecdef and n.nspname in ('archive', 'views', 'views_next', 'work', 'public') order by 1
            """);
        await using var rows = await query.ExecuteReaderAsync();
        var found = new List<string>();
        while (await rows.ReadAsync())
        {
            found.Add(rows.GetString(0));

            // Temporary tables last: without a word of them they would come first, and stand for the owner's own.
            Assert.Matches("search_path=pg_catalog, (.+, )?pg_temp$", rows.GetString(1));
        }

        Assert.Equal(
            [
                "archive.cleanse: writer", "archive.disclosure_status: public, writer", "archive.dispose_batch: writer", "archive.dispose_deliveries: writer", "archive.dispose_due_deliveries: writer", "archive.dispose_requests: writer", "archive.keep_item: writer",
                "archive.replay_erasure: nobody", "archive.rewrap_keys: nobody", "archive.settle_keys: nobody",
            ],
            found);
    }

    [Theory]
    [InlineData("select archive.dispose_batch(gen_random_uuid(), array[gen_random_uuid()])")]
    [InlineData("select archive.dispose_batch(null, null)")]
    [InlineData("select archive.dispose_deliveries(gen_random_uuid())")]
    [InlineData("select archive.dispose_requests(gen_random_uuid(), array[gen_random_uuid()])")]
    [InlineData("select archive.keep_item(gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid())")]
    [InlineData("select archive.cleanse(gen_random_uuid(), gen_random_uuid(), array[gen_random_uuid()], gen_random_uuid())")]
    [InlineData("select archive.rewrap_keys(gen_random_uuid(), array(select key_id from archive.record_keys), array(select '\\x00'::bytea from archive.record_keys))")]
    [InlineData("select archive.settle_keys(gen_random_uuid(), array(select key_id from archive.record_keys))")]
    public async Task destroys_nothing_by_calling_what_destroys(string sql)
    {
        var before = await Standing();

        // Also with tables of its own before the real ones: the functions name theirs with the schema, and look in pg_temp last.
        foreach (var login in Readers) Assert.Equal("42501", (await Try(login, sql)).Refused);
        var (refused, _) = await Try("writer", "create temporary table disposal_runs (run_id uuid, state text); create temporary table record_keys (key_id uuid); set local search_path = pg_temp, archive, public; " + sql);

        Assert.NotNull(refused);
        Assert.Equal(before, await Standing());
    }

    private async Task<string?> Standing() =>
        await walked.Served.Value<string>("select concat_ws(' ', (select count(*) from archive.record_keys), (select count(*) from archive.sealed_content), (select count(*) from archive.destruction_marks), (select sum(hashtext(wrapped::text)::bigint) from archive.record_keys))");

    [Fact]
    [Trait("Requirement", "I3")]
    [Trait("Requirement", "R-10")]
    public async Task reads_through_the_public_pool_what_is_public()
    {
        Assert.Equal(OpenToThePublic, await Readable("public"));
        Assert.Empty(await Holding("public", Marker));
    }

    [Fact]
    [Trait("Requirement", "I3")]
    public async Task reads_through_the_staff_pool_no_secret_row_no_key_and_no_sealed_content()
    {
        var readable = await Readable("staff");

        Assert.DoesNotContain(readable, t => t.StartsWith("work.", StringComparison.Ordinal) ? t is "work.sessions" or "work.web_keys" or "work.quarantine"
            : t is "archive.record_keys" or "archive.sealed_content" or "archive.tokens" or "archive.users" or "archive.search_log" or "archive.saved_searches" or "archive.source_secrets" || t.EndsWith("_secret", StringComparison.Ordinal) || t.StartsWith("views.all_", StringComparison.Ordinal));
        Assert.Empty(await Holding("staff", Marker));
        foreach (var walled in await Column("staff", "select c.oid::regclass::text from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'wall' where c.relnamespace = 'views'::regnamespace and c.relkind in ('r', 'v') and has_column_privilege(c.oid, a.attnum, 'select') order by 1"))
            Assert.Equal((walled, "0"), (walled, Assert.Single(await Column("staff", $"select count(*) from {walled} where wall <> 'open'"))));

        // The cleared pool finds it, so that the search above looks where it would be.
        Assert.NotEmpty(await Holding("cleared", Marker));
    }

    [Fact]
    [Trait("Requirement", "I3")]
    public async Task learns_nothing_of_hidden_rows_from_what_the_server_tells_beside_them()
    {
        await using (var analyze = walked.Served.Databases.Owner.CreateCommand("analyze")) await analyze.ExecuteNonQueryAsync();
        foreach (var login in new[] { "public", "staff" })
        {
            // Statistics show values of tables that the login may read, and of no other.
            var readable = (await Readable(login)).ToHashSet(StringComparer.Ordinal);
            Assert.DoesNotContain(await Column(login, "select distinct schemaname || '.' || tablename from pg_stats where schemaname in ('archive', 'views', 'work', 'views_next')"), t => !readable.Contains(t));
            Assert.Equal("0", Assert.Single(await Column(login, $"select count(*) from pg_stats where most_common_vals::text ilike '%{Marker}%' or histogram_bounds::text ilike '%{Marker}%' or most_common_elems::text ilike '%{Marker}%'")));
            Assert.Equal("0", Assert.Single(await Column(login, "select count(*) from pg_stat_activity where usename <> current_user and query <> '<insufficient privilege>'")));
            Assert.Equal("0", Assert.Single(await Column(login, "select count(*) from pg_auth_members m join pg_roles r on r.oid = m.member where r.rolname = current_user")));
            foreach (var hidden in new[] { "views.record_view_secret", "views.all_records", "views.deeds_secret", "archive.sealed_content", "archive.record_keys" })
            {
                foreach (var sql in new[]
                {
                    $"explain select * from {hidden}", $"explain analyze select count(*) from {hidden}", $"select ctid from {hidden}", $"select * from {hidden} where ctid = '(0,1)'", $"select tableoid from {hidden} limit 1", $"select xmin from {hidden} limit 1",
                    $"table {hidden}", $"copy {hidden} to stdout", $"declare mine cursor for select * from {hidden}", $"select exists (select from {hidden})", $"lock table {hidden} in access share mode",
                    $"create temporary view mine as select * from {hidden}", $"prepare mine as select * from {hidden}; execute mine", $"select query_to_xml('select * from {hidden}', true, true, '')", $"select table_to_xml('{hidden}', true, true, '')",
                    $"select ts_stat('select to_tsvector(t::text) from {hidden} t')",
                })
                    Assert.Equal((login, sql, "42501"), (login, sql, (await Try(login, sql)).Refused is { } refused ? refused is "42501" or "42809" ? "42501" : refused : "let in"));
            }
        }
    }

    [Fact]
    [Trait("Requirement", "I3")]
    public async Task sees_through_no_view_by_a_condition_that_fails_on_hidden_rows()
    {
        // A view that hides rows has a barrier: else a cast in the condition would be tried on the hidden ones too, and the error would tell what they hold.
        Assert.Empty(await Column("writer", """
            select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname in ('archive', 'views') and c.relkind = 'v' and pg_get_viewdef(c.oid) ~* '\mwhere\M|\mjoin\M'
              and (has_table_privilege('archive_public', c.oid, 'select') or has_table_privilege('archive_staff', c.oid, 'select'))
              and not coalesce(c.reloptions, '{}') @> array['security_barrier=true'] and c.relname <> 'rules_of_records'
            """));
    }

    [Fact]
    public async Task wakes_workers_by_a_notice_of_its_own_and_does_nothing_more()
    {
        // Whoever is connected may NOTIFY; PostgreSQL has no right for it. The service takes a notice as a hint to look, and never reads what it says.
        var long1 = new string('x', 7000);
        foreach (var login in new[] { "public", "staff" })
            Assert.Null((await Try(login, $"notify {ArchiveService.EventStore.EventSignal.Channel}, '{long1}'")).Refused);

        Assert.Equal(System.Net.HttpStatusCode.OK, (await walked.As["reg"].GetAsync(new Uri("/api/v1/records?limit=1", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task is_stopped_by_a_limit_of_time_where_people_wait()
    {
        Assert.Equal(["15s", "15min", "1h"], (await Task.WhenAll(Readers.Select(login => Column(login, "show statement_timeout")))).Select(Assert.Single));
        Assert.All(await Task.WhenAll(Readers.Append("writer").Select(async login => Assert.Single(await Column(login, "show idle_in_transaction_session_timeout")))), limit => Assert.NotEqual("0", limit));
    }

    /// <summary>Every relation of which the login may read at least a column.</summary>
    private Task<List<string>> Readable(string login) => Column(login, """
        select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast' and c.relkind in ('r', 'p', 'v', 'm', 'f') and has_schema_privilege(n.oid, 'usage')
          and (has_table_privilege(c.oid, 'select') or has_any_column_privilege(c.oid, 'select')) order by 1
        """);

    /// <summary>The relations where the login finds the word, in any column that it may read.</summary>
    private async Task<List<string>> Holding(string login, string word)
    {
        var found = new List<string>();
        foreach (var columns in await Column(login, """
            select format('%I.%I', n.nspname, c.relname) || '|' || string_agg(format('coalesce(%I::text, '''')', a.attname), ' || '' '' || ')
            from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            where n.nspname in ('archive', 'views', 'work') and has_schema_privilege(n.oid, 'usage') and c.relkind in ('r', 'p', 'v') and has_column_privilege(c.oid, a.attnum, 'select') group by n.nspname, c.relname
            """))
        {
            var (table, text) = (columns[..columns.IndexOf('|', StringComparison.Ordinal)], columns[(columns.IndexOf('|', StringComparison.Ordinal) + 1)..]);
            if (Assert.Single(await Column(login, $"select count(*) from {table} where {text} ilike '%{word}%'")) != "0") found.Add(table);
        }

        return found;
    }
}
