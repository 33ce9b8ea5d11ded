using System.Globalization;
using System.Text;
using ArchiveService.Access;
using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.Features.Records;

/// <summary>
/// What a caller may know of (architecture §9 Walls). Who may see nothing behind a wall reads as the login that cannot read those tables at all;
/// for the others the walls are conditions of every statement. What may not be known is no row, no count and no suggestion.
/// </summary>
public sealed class RecordViewSight
{
    private static readonly Role[] StaffRoles = [Role.Moderator, Role.Registrator, Role.Arkivarie, Role.Revisor, Role.Chef, Role.Kommunikator, Role.Admin];

    private readonly Guid[]? staffOf;
    private readonly Guid[]? assesses;
    private readonly Guid[]? secretsOf;
    private readonly bool behind;

    private RecordViewSight(NpgsqlDataSource db, Guid[]? staffOf, Guid[]? assesses, Guid[]? secretsOf, bool behind) =>
        (Db, this.staffOf, this.assesses, this.secretsOf, this.behind) = (db, staffOf, assesses, secretsOf, behind);

    public static RecordViewSight Of(Databases databases, Caller caller)
    {
        var staffOf = caller.IsService ? [] : caller.AuthoritiesWith(StaffRoles)?.ToArray();
        var assesses = caller.IsService ? [] : caller.AuthoritiesWith(Role.Moderator, Role.Registrator)?.ToArray();
        var secretsOf = caller.ReadsSecretsOf?.ToArray();
        var behind = secretsOf is null or { Length: > 0 } || assesses is null or { Length: > 0 };
        return new(behind ? databases.Cleared : databases.Staff, staffOf, assesses, secretsOf, behind);
    }

    public NpgsqlDataSource Db { get; }

    public bool SeesBehindWalls => behind;

    /// <summary>The only authority whose rows this reader may see at all, on either side of the walls: an index may begin with it.</summary>
    public Guid? OneAuthority => staffOf is [var only] && Within(assesses, only) && Within(secretsOf, only) ? only : null;

    private bool Within(Guid[]? authorities, Guid only) => !behind || (authorities is not null && authorities.All(a => a == only));

    public string Records => behind ? "views.all_records" : "views.record_view";

    public string Versions => behind ? "views.all_versions" : "views.record_versions";

    public string Acts => behind ? "views.all_acts" : "views.record_acts";

    public string Diary => behind ? "views.all_diary" : "views.diary";

    public string Cases => behind ? "views.all_cases" : "views.case_view";

    public string CaseDocuments => behind ? "views.all_case_documents" : "views.case_documents";

    public string Accounts => behind ? "views.all_accounts" : "views.account_view";

    public string AccountNames => behind ? "views.all_account_names" : "views.account_names";

    /// <summary>The condition every statement on rows with wall and authority carries.</summary>
    public string Allows(SqlText sql, string alias)
    {
        var staff = Among(sql, alias, staffOf);
        if (!behind) return staff;
        return $"(case {alias}.wall when 'open' then {staff} when 'unassessed' then {Among(sql, alias, assesses)} else {Among(sql, alias, secretsOf)} end)";
    }

    /// <summary>As <see cref="Allows"/>, for rows of either side in one table, such as the inline ones, which another login reads for the caller.</summary>
    public string AllowsAmongAll(SqlText sql, string alias) => behind ? Allows(sql, alias) : $"({alias}.wall = 'open' and {Allows(sql, alias)})";

    /// <summary>
    /// As <see cref="Allows"/>, for what officials wrote in a case: it may tell of any document registered there, so the reader must be allowed to know of each, as it stands now.
    /// </summary>
    public string AllowsCaseDocument(SqlText sql, string alias) => $"""
        {Allows(sql, alias)} and not exists (select from archive.diary_entries x join archive.record_states y using (record_id) where x.case_id = {alias}.case_id
          and case y.wall when 'open' then false when 'unassessed' then not {(behind ? Among(sql, "y", assesses) : "false")} else not {(behind ? Among(sql, "y", secretsOf) : "false")} end)
        """;

    /// <summary>Only the staff's own authorities, where a row has no wall because it holds nothing secret.</summary>
    public string StaffOf(SqlText sql, string alias) => Among(sql, alias, staffOf);

    private static string Among(SqlText sql, string alias, Guid[]? authorities) => authorities switch
    {
        null => "true",
        [] => "false",
        _ => $"{alias}.authority_id = any ({sql.Value(authorities)})",
    };
}

/// <summary>A statement put together from constant pieces; everything that came from outside is a parameter.</summary>
public sealed class SqlText
{
    private readonly StringBuilder text = new();

    public List<NpgsqlParameter> Parameters { get; } = [];

    /// <summary>The place of a value in the text.</summary>
    public string Value(object value)
    {
        Parameters.Add(new() { Value = value });
        return "$" + Parameters.Count.ToString(CultureInfo.InvariantCulture);
    }

    public SqlText Add(string piece)
    {
        text.Append(piece).Append('\n');
        return this;
    }

    public NpgsqlCommand Command(NpgsqlDataSource db) => Filled(db.CreateCommand(text.ToString()));

    public NpgsqlCommand Command(NpgsqlConnection connection, NpgsqlTransaction? transaction) => Filled(new(text.ToString(), connection, transaction));

    private NpgsqlCommand Filled(NpgsqlCommand command)
    {
        foreach (var parameter in Parameters) command.Parameters.Add(parameter.Clone());
        return command;
    }
}
