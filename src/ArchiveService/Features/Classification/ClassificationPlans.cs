using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using Npgsql;

namespace ArchiveService.Features.Classification;

/// <summary>The plans as they stand in the inline tables.</summary>
public sealed class ClassificationPlans(Databases databases, TimeProvider clock)
{
    /// <summary>The newest plan of an authority; null when it has none, and then any class is taken.</summary>
    public async Task<ClassificationPlan?> Of(Guid authority, CancellationToken ct)
    {
        Guid stream;
        int version;
        string? reference;
        DateTimeOffset at;
        await using (var query = databases.Writer.CreateCommand("select stream_id, version, decision_reference, adopted_at from archive.classification_plans where authority_id = $1 order by version desc limit 1"))
        {
            query.Parameters.Add(new() { Value = authority });
            await using var row = await query.ExecuteReaderAsync(ct);
            if (!await row.ReadAsync(ct)) return null;
            (stream, version, reference, at) = (row.GetGuid(0), row.GetInt32(1), row.IsDBNull(2) ? null : row.GetString(2), row.GetFieldValue<DateTimeOffset>(3));
        }

        await using var classes = databases.Writer.CreateCommand("select code, title, valid_from, valid_until, replaces from archive.record_classes where authority_id = $1 and version = $2 order by code collate \"sv-x-icu\"");
        classes.Parameters.Add(new() { Value = authority });
        classes.Parameters.Add(new() { Value = version });
        await using var rows = await classes.ExecuteReaderAsync(ct);
        var found = new List<RecordClass>();
        while (await rows.ReadAsync(ct))
            found.Add(new(rows.GetString(0), rows.GetString(1), Day(rows, 2), Day(rows, 3), rows.GetFieldValue<string[]>(4)));
        return new(stream, version, found, reference, at);
    }

    /// <summary>Why a case cannot be opened under this class today; null when it can, or when the authority has no plan.</summary>
    public async Task<Refusal?> Refuse(Guid authority, string code, CancellationToken ct) =>
        await Of(authority, ct) is { } plan ? plan.Refuse(code, Swedish.Day(clock.GetUtcNow())) : null;

    /// <summary>The classes of today, to choose from, with none first; empty when there is no plan.</summary>
    public async Task<IReadOnlyList<Choice>> Choices(Guid authority, CancellationToken ct)
    {
        if (await Of(authority, ct) is not { } plan) return [];
        var today = Swedish.Day(clock.GetUtcNow());
        return [new("", "Myndighetens vanliga klass"), .. plan.Classes.Where(c => c.IsValidOn(today)).Select(c => new Choice(c.Code, $"{c.Code} {c.Title}"))];
    }

    /// <summary>Open cases by their class.</summary>
    public async Task<IReadOnlyDictionary<string, long>> OpenCases(Guid authority, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select class_code, count(*) from archive.cases where authority_id = $1 and closed_at is null group by class_code");
        query.Parameters.Add(new() { Value = authority });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new Dictionary<string, long>(StringComparer.Ordinal);
        while (await rows.ReadAsync(ct)) found[rows.GetString(0)] = rows.GetInt64(1);
        return found;
    }

    private static DateOnly? Day(NpgsqlDataReader row, int at) => row.IsDBNull(at) ? null : row.GetFieldValue<DateOnly>(at);
}
