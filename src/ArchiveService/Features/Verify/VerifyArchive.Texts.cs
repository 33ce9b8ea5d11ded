using ArchiveService.Features.Rebuild;

namespace ArchiveService.Features.Verify;

public sealed partial class VerifyArchive
{
    /// <summary>
    /// Whether the views say what the log says, letter by letter: they are built anew beside and held against those in use, which stay as they are. It reads the
    /// whole log once more and takes the views' space once more meanwhile.
    /// </summary>
    private async Task Texts(RebuildViews views, CancellationToken ct)
    {
        ViewsCompared compared;
        try
        {
            compared = await views.HoldAgainstLog(ct);
        }
        catch (Exception why) when (why is RebuildRunning or RebuildStopped or ViewsOfAnotherBuild)
        {
            findings.Add(new(Severity.Warning, "views-not-compared", $"Whether the texts of the views are those of the log was not seen: {why.Message}"));
            return;
        }

        counts["rows of views compared"] = compared.Tables.Sum(t => t.Rows);
        foreach (var table in compared.Tables.Where(t => !t.Same))
        {
            var named = compared.Differing.Where(d => d.Table == table.Table).ToList();
            foreach (var row in named) findings.Add(new(Severity.Error, "view-text-differs", $"The row {row.Id} of views.{row.Table} {Said(row)}.", row.Id));
            if (compared.HowMany[table.Table] - named.Count is var more && (more > 0 || named.Count == 0))
                findings.Add(new(Severity.Error, "view-text-differs", $"views.{table.Table} has {table.Rows} rows, built from the log {table.RowsBeside}; {more} more of them differ. ./run rebuild --accept takes what the log says."));
        }
    }

    private static string Said(RowDiffering row) => row switch
    {
        { InUse: false } => "is missing; the log says that it stands there",
        { InLog: false } => "is not in the log",
        _ => $"differs from the log in {string.Join(", ", row.Columns)}",
    };
}
