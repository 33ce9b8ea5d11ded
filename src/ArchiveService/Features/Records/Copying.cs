using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Records;

/// <summary>Rows into a table by binary COPY, inside the transaction of the connection.</summary>
internal static class Copying
{
    public static async Task Copy<T>(this NpgsqlTransaction transaction, string into, IReadOnlyCollection<T> rows, Func<Row, T, Task> write, CancellationToken ct)
    {
        if (rows.Count == 0) return;
        await using var copy = await transaction.Connection!.BeginBinaryImportAsync($"copy {into} from stdin (format binary)", ct);
        var row = new Row(copy, ct);
        foreach (var one in rows)
        {
            await copy.StartRowAsync(ct);
            await write(row, one);
        }

        // Without this call the copy is rolled back when it is disposed.
        await copy.CompleteAsync(ct);
    }

    /// <summary>One value after the other, each with its type said.</summary>
    public sealed class Row(NpgsqlBinaryImporter copy, CancellationToken ct)
    {
        public Task Id(Guid? value) => Write(value, NpgsqlDbType.Uuid);

        public Task Ids(Guid[]? value) => Write(value, NpgsqlDbType.Array | NpgsqlDbType.Uuid);

        public Task Text(string? value) => Write(value, NpgsqlDbType.Text);

        public Task Texts(string[]? value) => Write(value, NpgsqlDbType.Array | NpgsqlDbType.Text);

        public Task Json(string? value) => Write(value, NpgsqlDbType.Jsonb);

        public Task Time(DateTimeOffset? value) => Write(value?.ToUniversalTime(), NpgsqlDbType.TimestampTz);

        public Task Day(DateOnly? value) => Write(value, NpgsqlDbType.Date);

        public Task Flag(bool? value) => Write(value, NpgsqlDbType.Boolean);

        public Task Int(int? value) => Write(value, NpgsqlDbType.Integer);

        public Task Long(long? value) => Write(value, NpgsqlDbType.Bigint);

        private Task Write<T>(T? value, NpgsqlDbType type) where T : struct => value is { } some ? copy.WriteAsync(some, type, ct) : copy.WriteNullAsync(ct);

        private Task Write<T>(T? value, NpgsqlDbType type) where T : class => value is { } some ? copy.WriteAsync(some, type, ct) : copy.WriteNullAsync(ct);
    }
}
