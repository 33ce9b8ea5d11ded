using Npgsql;

namespace ArchiveService.Features.Records;

/// <summary>Columns that may be null: for a reference type the driver cannot tell that null is welcome.</summary>
internal static class NullableColumns
{
    public static string? TextOrNull(this NpgsqlDataReader row, int at) => row.IsDBNull(at) ? null : row.GetString(at);

    public static string[]? TextsOrNull(this NpgsqlDataReader row, int at) => row.IsDBNull(at) ? null : row.GetFieldValue<string[]>(at);
}
