using System.Collections;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ArchiveService.EventStore;
using ArchiveService.Hosting;

namespace ArchiveService.Tests.Contracts;

public sealed partial class Stored_events
{
    private const long GreatestExactNumber = 9_007_199_254_740_991;

    private static readonly EventTypes Types = new(typeof(Composition).Assembly);

    [Fact]
    public void stand_under_the_name_and_in_the_json_that_they_always_had()
    {
        foreach (var (happened, name, json) in StoredEventLines.All)
        {
            Assert.Equal($"{name} {json}", $"{happened.GetType().GetCustomAttribute<EventNameAttribute>()!.Name} {Written(happened)}");
        }
    }

    [Fact]
    public void are_read_back_as_what_was_written()
    {
        foreach (var (happened, name, json) in StoredEventLines.All)
        {
            var read = Types.Read(name, Encoding.UTF8.GetBytes(json));
            if (happened is IOlderVersion older)
            {
                Assert.Equal(Newest(older), read);
                continue;
            }

            Assert.IsType(happened.GetType(), read);
            Assert.Equal(json, Written(read));
        }
    }

    [Fact]
    public void each_have_a_line()
    {
        var missing = Types.All.Values.Except(StoredEventLines.All.Select(line => line.Event.GetType())).Select(type => type.Name).Order(StringComparer.Ordinal);

        Assert.True(!missing.Any(), $"No line in {nameof(StoredEventLines)} for {string.Join(", ", missing)}: add one each, with every field set and one with every field absent that may be.");
    }

    /// <summary>Marten's own rule for an alias, so that a Marten application finds a type without being told; a later version ends in _v2, _v3 …</summary>
    [Fact]
    public void are_named_after_their_type_as_marten_would()
    {
        foreach (var (name, type) in Types.All)
        {
            var alias = string.Concat(type.Name.Select((c, i) => char.IsUpper(c) && i > 0 ? $"_{char.ToLowerInvariant(c)}" : char.ToLowerInvariant(c).ToString()));
            Assert.Equal(alias, System.Text.RegularExpressions.Regex.Replace(name, "_v[0-9]+$", "", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1)));
        }
    }

    [Fact]
    public void are_named_in_snake_case() => Assert.All(Types.All.Keys, name => Assert.Matches(SnakeCase(), name));

    [Fact]
    public void hold_camel_case_members_only()
    {
        foreach (var (_, name, json) in StoredEventLines.All)
        {
            using var document = JsonDocument.Parse(json);
            foreach (var (path, _) in Members(document.RootElement, ""))
                Assert.True(IsData(path) || CamelCase().IsMatch(path[(path.LastIndexOf('/') + 1)..]), $"{name}: {path}");
        }
    }

    [Fact]
    public void hold_strings_booleans_objects_arrays_and_exact_whole_numbers_only()
    {
        foreach (var (_, name, json) in StoredEventLines.All)
        {
            using var document = JsonDocument.Parse(json);
            foreach (var (path, value) in Members(document.RootElement, "").Where(member => member.Value.ValueKind == JsonValueKind.Number))
                Assert.True(value.TryGetInt64(out var number) && number is >= -GreatestExactNumber and <= GreatestExactNumber, $"{name}: {path} is {value}");
        }
    }

    [Fact]
    public void have_no_field_that_could_become_another_number() =>
        Assert.All(Types.All.Values.SelectMany(type => Held(type, [])), held => Assert.False(
            held.Type == typeof(double) || held.Type == typeof(float) || held.Type == typeof(decimal) || held.Type == typeof(ulong) || held.Type == typeof(object) || held.Type == typeof(JsonElement),
            $"{held.Where} is {held.Type.Name}"));

    private static object Newest(IOlderVersion older) => older.Newer() is IOlderVersion still ? Newest(still) : older.Newer();

    private static string Written(object happened) => JsonSerializer.Serialize(happened, happened.GetType(), EventTypes.Json);

    // Policy keys and the names of sealed parts are data that stands as member names.
    private static bool IsData(string path) => path.StartsWith("/values/", StringComparison.Ordinal) || path.StartsWith("/sealed/cm/", StringComparison.Ordinal);

    private static IEnumerable<(string Path, JsonElement Value)> Members(JsonElement element, string path) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Members(member.Value, $"{path}/{member.Name}").Prepend(($"{path}/{member.Name}", member.Value))),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(item => Members(item, path).Prepend((path, item))),
        _ => [],
    };

    private static IEnumerable<(string Where, Type Type)> Held(Type type, HashSet<Type> seen)
    {
        if (!seen.Add(type)) yield break;
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var inner = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            var parts = inner != typeof(string) && typeof(IEnumerable).IsAssignableFrom(inner) ? inner.GetGenericArguments() : [inner];
            foreach (var part in parts)
            {
                yield return ($"{type.Name}.{property.Name}", part);
                if (part.Namespace?.StartsWith("ArchiveService", StringComparison.Ordinal) != true) continue;
                foreach (var deeper in Held(part, seen)) yield return deeper;
            }
        }
    }

    [GeneratedRegex("^[a-z]+(_[a-z0-9]+)*$", RegexOptions.ExplicitCapture)]
    private static partial Regex SnakeCase();

    [GeneratedRegex("^[a-z][A-Za-z0-9]*$")]
    private static partial Regex CamelCase();
}
