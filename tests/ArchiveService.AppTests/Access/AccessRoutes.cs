using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using ArchiveService.Testing;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Mvc.RazorPages.Infrastructure;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.AccessTests;

/// <summary>One thing that can be asked of the service: a method at an address, or one form of a page.</summary>
/// <param name="Shape">What a command takes, for a body that gets further than an empty one.</param>
internal sealed record AccessRoute(string Method, string Route, string? Handler, bool IsPage, bool OpenToAll, IReadOnlyList<(string Name, Type Type)> Shape, string? MediaType = null)
{
    public string Name => $"{Method} /{Route}{(Handler is null ? null : $"?handler={Handler}")}";

    public bool IsCommand => Method is not "GET";

    public bool HasId => Route.Contains('{', StringComparison.Ordinal);

    /// <summary>What ends something that later questions are about is asked last.</summary>
    public bool EndsSomething => IsCommand && Last.Concat(Hides).Any(word => Route.Contains(word, StringComparison.Ordinal) || string.Equals(Handler, word, StringComparison.OrdinalIgnoreCase));

    /// <summary>What reads or writes the whole archive anew for whoever is let in: asked at the very end.</summary>
    public bool IsHeavy => IsCommand && Heavy.Any(word => Name.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static readonly string[] Heavy = ["/kontroll", "/verification", "reconcil", "handler=execute", "/execute", "/evidence/", "/bevis"];

    // What puts something behind a wall hides it from those who are asked after it.
    private static readonly string[] Hides = ["secrecy", "sekretess", "protect", "skyddad-identitet", "delete-from-channel"];

    private static readonly string[] Last = ["close", "avsluta", "execute", "cancel", "discard", "/end", "lift", "withdraw", "pause", "pausa", "closed", "logga-ut"];
}

/// <summary>Every method of every address, from the service's own table of endpoints, with what stands for its ids.</summary>
internal static class AccessRoutes
{
    /// <summary>What stands for the first id of an address, by how the address begins; the longest that fits holds.</summary>
    public static readonly (string Start, string Kind)[] IdsOf =
    [
        .. new[]
        {
            ("api/v1/records/", "record"), ("handlingar/", "record"), ("api/v1/replay/records/", "record"), ("granskning/handling/", "record"),
            ("api/v1/accounts/", "account"), ("konton/", "account"), ("api/v1/replay/accounts/", "account"), ("granskning/konto/", "account"),
            ("api/v1/cases/", "case"), ("arenden/", "case"),
            ("api/v1/channels/", "channel"), ("kanaler/", "channel"), ("api/v1/sources/", "channel"), ("kallor/", "channel"), ("api/v1/replay/channels/", "channel"), ("granskning/kanal/", "channel"),
            ("api/v1/consents/", "consent"), ("samtycken/", "consent"), ("api/v1/disposals/", "run"), ("gallring/", "run"), ("gallring/regler/", "rule"),
            ("api/v1/retention/rules/", "rule"), ("api/v1/default-rules/", "default-rule"), ("api/v1/holds/", "hold"), ("api/v1/preservations/", "preservation"),
            ("api/v1/persons/", "person"), ("anvandare/", "person"), ("api/v1/replay/persons/", "person"), ("granskning/person/", "person"), ("api/v1/tokens/", "token"),
            ("api/v1/deliveries/", "delivery"), ("insamling/", "delivery"), ("api/v1/imports/", "import"), ("import/", "import"), ("api/v1/thread-assessments/", "thread-assessment"),
            ("api/v1/authorities/", "authority"), ("myndigheter/", "authority"), ("public/authorities/", "authority"), ("offentligt/myndigheter/", "authority"),
            ("api/v1/diary/", "number"), ("api/v1/disclosures/", "request"), ("utlamnanden/", "request"), ("api/v1/data-subject-requests/", "subject-request"), ("registerutdrag/", "subject-request"),
            ("public/requests/", "reference"), ("offentligt/begaran/", "reference"), ("api/v1/assignments/", "assignment"), ("api/v1/publication-reviews/", "publication-review"),
            ("api/v1/saved-searches/", "saved-search"), ("api/v1/unusual-reads/", "unusual-read"), ("api/v1/working-notes/", "working-note"), ("api/v1/verification/", "verification"), ("kontroll/", "verification"),
            ("api/v1/projections/", "projection"), ("api/v1/webhooks/", "platform"), ("public/attachments/", "public-attachment"), ("fel/", "code"), ("problems/", "code"), ("openapi/", "document"),
            ("api/v1/bulk/", "bulk"), ("flera/", "bulk"), ("framsteg/", "bulk"), ("hjalp/", "chapter"), ("sok/sparad/", "saved-search"), ("api/v1/substitutions/", "substitution"),
            ("evidence/logs/", "log"), ("evidence/timestamps/", "log"), ("evidence/tile/", "tile"),
        }.OrderByDescending(i => i.Item1.Length),
    ];

    /// <summary>What stands for a further parameter of an address.</summary>
    private static readonly Dictionary<string, string> Further = new(StringComparer.OrdinalIgnoreCase)
    {
        ["attachment"] = "attachment",
        ["party"] = "party",
        ["person"] = "person",
        ["record"] = "record",
        ["contact"] = "contact",
        ["organ"] = "text",
        ["item"] = "text",
        ["kind"] = "text",
        ["name"] = "text",
        ["role"] = "role",
        ["function"] = "function",
    };

    public static string? KindOf(string route) => IdsOf.FirstOrDefault(i => route.StartsWith(i.Start, StringComparison.Ordinal)).Kind;

    public static async Task<IReadOnlyList<AccessRoute>> Of(ServedArchive archive)
    {
        var found = new Dictionary<string, AccessRoute>(StringComparer.Ordinal);
        foreach (var endpoint in archive.Services.GetRequiredService<IEnumerable<EndpointDataSource>>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>())
        {
            var route = endpoint.RoutePattern.RawText!.TrimStart('/');
            var open = endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null;
            foreach (var one in await Of(endpoint, route, open, archive.Services)) found.TryAdd(one.Name, one);
        }

        return [.. found.Values.OrderBy(r => r.IsHeavy ? 3 : r.EndsSomething ? 2 : r.IsCommand ? 1 : 0).ThenBy(r => r.Name, StringComparer.Ordinal)];
    }

    private static async Task<IReadOnlyList<AccessRoute>> Of(RouteEndpoint endpoint, string route, bool open, IServiceProvider services)
    {
        if (endpoint.Metadata.GetMetadata<PageActionDescriptor>() is { } page)
        {
            var compiled = await services.GetRequiredService<PageLoader>().LoadAsync(page, new EndpointMetadataCollection(endpoint.Metadata));
            open = open || compiled.Endpoint?.Metadata.GetMetadata<IAllowAnonymous>() is not null || compiled.ModelTypeInfo?.GetCustomAttribute<AllowAnonymousAttribute>() is not null;
            var bound = compiled.HandlerTypeInfo.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(p => p.GetCustomAttribute<BindPropertyAttribute>() is { SupportsGet: false }).Select(p => (p.GetCustomAttribute<BindPropertyAttribute>()!.Name ?? p.Name, p.PropertyType)).ToList();
            return
            [
                .. compiled.HandlerMethods.Select(h => new AccessRoute(
                    h.HttpMethod.ToUpperInvariant(), route, h.Name, IsPage: true, open,
                    [.. bound, .. h.MethodInfo.GetParameters().Where(p => p.ParameterType != typeof(CancellationToken)).Select(p => (p.Name!, p.ParameterType))])),
                .. compiled.HandlerMethods.Count == 0 ? [new AccessRoute("GET", route, null, IsPage: true, open, [])] : Array.Empty<AccessRoute>(),
            ];
        }

        var takes = endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType;
        List<(string, Type)> shape = takes is null || !takes.Namespace!.StartsWith("ArchiveService", StringComparison.Ordinal)
            ? []
            : [.. takes.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.GetIndexParameters().Length == 0).Select(p => (JsonNamingPolicy.CamelCase.ConvertName(p.Name), p.PropertyType))];
        var media = endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes is { Count: > 0 } types && !types.Contains("application/json") && !types[0].StartsWith("multipart", StringComparison.Ordinal) ? types[0] : null;
        return [.. (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Where(m => m is not "HEAD").Select(m => new AccessRoute(m, route, null, IsPage: false, open, shape, media))];
    }

    /// <param name="ids">By kind of id.</param>
    /// <param name="known">False: an id that nothing has stands for the first one.</param>
    public static string Address(AccessRoute asked, IReadOnlyDictionary<string, string> ids, bool known)
    {
        var parts = asked.Route.Split('/');
        var first = true;
        for (var n = 0; n < parts.Length; n++)
        {
            var at = parts[n].IndexOf('{', StringComparison.Ordinal);
            if (at < 0) continue;
            var inside = parts[n][(at + 1)..parts[n].IndexOf('}', at)];
            var name = inside.TrimStart('*').TrimEnd('?').Split(':')[0];
            var kind = first ? KindOf(asked.Route) : Further.GetValueOrDefault(name);
            var value = first && !known ? Nothing(kind, inside)
                : kind is not null && ids.TryGetValue(kind, out var one) ? one
                : Nothing(null, inside);
            parts[n] = parts[n][..at] + Uri.EscapeDataString(value) + parts[n][(parts[n].IndexOf('}', at) + 1)..];
            first = false;
        }

        return "/" + string.Join('/', parts) + (asked.Handler is null ? null : $"?handler={asked.Handler}") + (asked.Route.EndsWith("}/coverage", StringComparison.Ordinal) ? "?from=2026-11-01&to=2026-11-30" : null);
    }

    public const string NoSuchId = "0195aaaa-0000-7000-8000-00000000dead";

    private static string Nothing(string? kind, string inside) => kind switch
    {
        "authority" => "FINNSINTE",
        "number" => "FINNSINTE 2026-9999",
        "reference" => "finnsinte",
        _ when inside.Contains(":guid", StringComparison.Ordinal) => NoSuchId,
        _ when inside.Contains(":int", StringComparison.Ordinal) || inside.Contains(":long", StringComparison.Ordinal) => kind is null ? "1" : "99",
        _ => "x",
    };

    /// <summary>A body that a decision is reached with as often as can be: ids that exist, codes that are known, today.</summary>
    public static JsonObject Body(AccessRoute asked, IReadOnlyDictionary<string, string> ids)
    {
        var body = new JsonObject();
        var aimed = false;
        foreach (var (name, type) in asked.Shape)
        {
            // Of what a command may be about, exactly one.
            var aims = Targets.Contains(name, StringComparer.OrdinalIgnoreCase);
            if (aims && aimed) continue;
            aimed |= aims;
            body[name] = Value(name, type, ids, 0);
        }

        return body;
    }

    private static JsonNode? Value(string name, Type declared, IReadOnlyDictionary<string, string> ids, int depth)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        string? Id(string word) => Kinds.FirstOrDefault(k => word.Contains(k, StringComparison.OrdinalIgnoreCase)) is { } kind ? ids.GetValueOrDefault(kind) : null;
        if (type == typeof(string)) return Words.GetValueOrDefault(name.ToLowerInvariant()) ?? (name.Contains("authority", StringComparison.OrdinalIgnoreCase) || name is "code" ? ids["authority"] : Id(name) ?? "Ett prov");
        if (type == typeof(Guid)) return Id(name) ?? NoSuchId;
        if (type == typeof(bool)) return true;
        if (type == typeof(int) || type == typeof(long) || type == typeof(decimal)) return 1;
        if (type == typeof(DateOnly)) return "2026-11-27";
        if (type == typeof(DateTimeOffset) || type == typeof(DateTime)) return "2026-11-20T12:00:00Z";
        if (type.IsEnum) return JsonNamingPolicy.CamelCase.ConvertName(Enum.GetNames(type)[0]);
        if (depth > 2) return null;
        if (type != typeof(string) && type.IsAssignableTo(typeof(System.Collections.IEnumerable)))
        {
            if (type.IsGenericType && type.GetGenericArguments() is [var of]) return Value(name.TrimEnd('s'), of, ids, depth + 1) is { } element ? new JsonArray(element) : new JsonArray();
            return type.IsArray && Value(name.TrimEnd('s'), type.GetElementType()!, ids, depth + 1) is { } item ? new JsonArray(item) : new JsonObject();
        }

        if (type.Namespace?.StartsWith("ArchiveService", StringComparison.Ordinal) != true) return null;
        var inner = new JsonObject();
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.GetIndexParameters().Length == 0))
        {
            var key = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            inner[key] = Value(key, property.PropertyType, ids, depth + 1);
        }

        return inner;
    }

    private static readonly string[] Targets = ["record", "case", "account", "search", "recordType", "newCase", "external"];

    private static readonly string[] Kinds = ["record", "case", "channel", "account", "person"];

    private static readonly Dictionary<string, string> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["role"] = "kommunikator",
        ["provision"] = "OSL 25 kap. 1 §",
        ["ground"] = "litigation",
        ["grounds"] = "SPAM",
        ["preset"] = "custom",
        ["platform"] = "facebook",
        ["function"] = "moderator",
        ["password"] = "kort",
        ["url"] = "https://www.example.se/prov",
    };

    public static IEnumerable<KeyValuePair<string, string>> Form(AccessRoute asked, IReadOnlyDictionary<string, string> ids)
    {
        foreach (var (name, value) in Body(asked, ids))
        {
            if (value is JsonArray list)
            {
                foreach (var one in list.Where(o => o is JsonValue)) yield return KeyValuePair.Create(name, one!.ToString());
            }
            else if (value is JsonValue)
            {
                yield return KeyValuePair.Create(name, value.ToString());
            }
        }
    }
}
