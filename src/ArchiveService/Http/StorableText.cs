using System.Text.Json;
using System.Text.Json.Serialization;

namespace ArchiveService.Http;

/// <summary>
/// What neither PostgreSQL nor JSON can hold: NUL characters and halves of a surrogate pair (half an emoji). A command that has one is refused with the name
/// of the field, wherever it came in: nothing is cleaned away behind somebody's back. Captured acts are cleaned and flagged instead, by their own reader.
/// </summary>
public sealed class StorableText : JsonConverter<string>
{
    public static Refusal Refuse(string field) => new(
        "unstorable-text", $"Fältet {field} innehåller ett tecken som inte kan sparas: ett nolltecken eller en halv emoji. Ta bort det och skicka igen.",
        StatusCodes.Status400BadRequest, new Dictionary<string, object?>(StringComparer.Ordinal) { ["field"] = field });

    public static bool Is(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0' || char.IsLowSurrogate(text[i])) return false;
            if (char.IsHighSurrogate(text[i]) && (++i == text.Length || !char.IsLowSurrogate(text[i]))) return false;
        }

        return true;
    }

    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String) throw new JsonException();
        try
        {
            return reader.GetString() is { } text && Is(text) ? text : throw new UnstorableText();
        }
        catch (InvalidOperationException error)
        {
            throw new UnstorableText(error);
        }
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}

/// <summary>The serializer adds where in the document it was.</summary>
public sealed class UnstorableText(Exception? inner = null) : JsonException(null, inner);
