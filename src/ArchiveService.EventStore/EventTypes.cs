using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ArchiveService.EventStore;

/// <summary>Pins the stored name of an event type: snake_case, a second version ends in <c>_v2</c>. Never change one.</summary>
/// <param name="name">The value of <c>mt_events.type</c>.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class EventNameAttribute(string name) : Attribute
{
    /// <summary>The stored name.</summary>
    public string Name { get; } = name;
}

/// <summary>The event types that a program knows, and how they are written as JSON.</summary>
public sealed class EventTypes
{
    private readonly FrozenDictionary<string, Type> byName;
    private readonly FrozenDictionary<Type, (string Name, string DotNetType)> byType;

    /// <summary>Collects every class with an <see cref="EventNameAttribute"/> in the assemblies given.</summary>
    /// <exception cref="InvalidOperationException">Two types claim one stored name.</exception>
    public EventTypes(params IReadOnlyList<Assembly> assemblies)
    {
        var found = new Dictionary<string, Type>(StringComparer.Ordinal);
        foreach (var type in assemblies.SelectMany(a => a.GetTypes()))
        {
            if (type.GetCustomAttribute<EventNameAttribute>() is not { } pinned) continue;
            if (!found.TryAdd(pinned.Name, type))
                throw new InvalidOperationException($"Both {type} and {found[pinned.Name]} claim the stored name {pinned.Name}.");
        }

        byName = found.ToFrozenDictionary(StringComparer.Ordinal);
        byType = found.ToFrozenDictionary(pair => pair.Value, pair => (pair.Key, $"{pair.Value.FullName}, {pair.Value.Assembly.GetName().Name}"));
    }

    /// <summary>How events are written: camelCase, enumerations as camelCase words, absent instead of null, times in UTC with six decimals.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.Strict,
        PropertyNameCaseInsensitive = false,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false), new MicrosecondTime() },
    };

    /// <summary>All stored names, with their types.</summary>
    public IReadOnlyDictionary<string, Type> All => byName;

    /// <summary>The stored name of an event type.</summary>
    /// <exception cref="InvalidOperationException">The type has no <see cref="EventNameAttribute"/>, or is an <see cref="IOlderVersion"/>.</exception>
    public string NameOf(Type type) => Pinned(type).Name;

    internal (string Name, string DotNetType) Pinned(Type type) =>
        !byType.TryGetValue(type, out var pinned) ? throw new InvalidOperationException($"{type} has no stored name. Give it an [EventName] and register its assembly.")
        : type.IsAssignableTo(typeof(IOlderVersion)) ? throw new InvalidOperationException($"{type} is an older version and only read any more. Append the newer one.")
        : pinned;

    /// <summary>
    /// Reads an event back, an older version as the newest. A name that no type claims comes back as <see cref="UnknownEvent"/>, so that a reader can
    /// decide; it never vanishes.
    /// </summary>
    /// <exception cref="JsonException">The stored JSON does not fit the type that claims its name.</exception>
    public object Read(string name, ReadOnlySpan<byte> json)
    {
        if (!byName.TryGetValue(name, out var type)) return new UnknownEvent(name, System.Text.Encoding.UTF8.GetString(json));
        var read = JsonSerializer.Deserialize(json, type, Json) ?? throw new JsonException($"The event {name} is stored as null.");
        while (read is IOlderVersion older) read = older.Newer();
        return read;
    }

    private sealed class MicrosecondTime : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
    }
}

/// <summary>An event whose stored name this program does not know.</summary>
/// <param name="Name">The stored name.</param>
/// <param name="Json">Its data, unread.</param>
public sealed record UnknownEvent(string Name, string Json);
