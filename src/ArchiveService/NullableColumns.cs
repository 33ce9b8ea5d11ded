using Npgsql;

namespace ArchiveService;

/// <summary>Npgsql reads a null into a nullable value type but throws for a class; these read the null.</summary>
public static class NullableColumns
{
    public static string? Text(this NpgsqlDataReader row, int at) => row.IsDBNull(at) ? null : row.GetString(at);

    public static string[]? Texts(this NpgsqlDataReader row, int at) => row.IsDBNull(at) ? null : row.GetFieldValue<string[]>(at);
}
