using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.Features.Deliveries;

/// <summary>
/// What each question to a platform was last answered, by keyed ids: an answer that comes again after another one is a new delivery, one that is only repeated is not. Lost, it is
/// made anew by asking.
/// </summary>
public sealed class PollAnswers(Databases databases)
{
    private const string Upsert = """
        insert into work.poll_answers (question, answer, delivery_id) values ($1, $2, $3)
        on conflict (question) do update set answer = excluded.answer, delivery_id = excluded.delivery_id, answered_at = clock_timestamp()
        """;

    public async Task<(Guid Answer, Guid Delivery)?> Last(Guid question, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select answer, delivery_id from work.poll_answers where question = $1");
        query.Parameters.Add(new() { Value = question });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? (row.GetGuid(0), row.GetGuid(1)) : null;
    }

    /// <summary>Beside the delivery, in its transaction.</summary>
    public static NpgsqlBatchCommand Given(Guid question, Guid answer, Guid delivery) => new(Upsert) { Parameters = { new() { Value = question }, new() { Value = answer }, new() { Value = delivery } } };

    public async Task Note(Guid question, Guid answer, Guid delivery, CancellationToken ct)
    {
        await using var note = databases.Writer.CreateCommand(Upsert);
        foreach (var value in (object[])[question, answer, delivery]) note.Parameters.Add(new() { Value = value });
        await note.ExecuteNonQueryAsync(ct);
    }
}
