using System.Reflection;
using ArchiveService.Testing;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Mvc.RazorPages.Infrastructure;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.SecrecyTests;

/// <summary>
/// Every address that can be read, from the service's own table of endpoints: with every id a reader may try, and with every parameter that the endpoint
/// declares. What the tables here do not know is a fault, so that a new route is thought of.
/// </summary>
internal static class GetRoutes
{
    /// <summary>Not compared, and why.</summary>
    public static IReadOnlyDictionary<string, string> Excepted { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["metrics"] = "counts every event and byte, for the machine's keeper on the machine's own net",
        ["health/live"] = "tells whether the process answers, with how long it took",
        ["health/ready"] = "tells how far the projections are, in sequence numbers",
        ["api/v1/projections"] = "tells how far the projections are, in sequence numbers, to who runs the service",
        ["api/v1/evidence/standing"] = "sizes and roots of the log, which count secret events too; read by those who check the archive",
        ["evidence/checkpoint/witnessed"] = "vouches for every event by one hash, as evidence/checkpoint",
        ["evidence/keys"] = "the signing keys, which are not made from what the archive keeps, and the size at which each took over",
        ["evidence/logs"] = "names and sizes of the logs, as evidence/checkpoint",
        ["evidence/logs/{ordinal:int}/checkpoint"] = "as evidence/checkpoint",
        ["evidence/logs/{ordinal:int}/checkpoints/{size:long}"] = "as evidence/checkpoint",
        ["evidence/logs/{ordinal:int}/tile/{**tile}"] = "as evidence/tile",
        ["evidence/timestamps"] = "when checkpoints were stamped, as evidence/checkpoint",
        ["evidence/timestamps/{ordinal:int}/{size:long}"] = "a token over a checkpoint's hash",
        ["evidence/witness/key"] = "a key that is not made from what the archive keeps",
        ["evidence/checkpoint"] = "vouches for every event by one hash, secret ones too: any event changes it",
        ["evidence/key"] = "the signing key, which is not made from what the archive keeps",
        ["evidence/tile/{**tile}"] = "a hash for each event, secret ones too; none can be read back or guessed, as the leaf holds only what is sealed apart",
        ["evidence/consistency"] = "binds two checkpoints to each other by hashes, as the tiles do",
        ["api/v1/records/{id:guid}/proof"] = "binds what the reader may read to a checkpoint that vouches for every event, secret ones too; who may not read the record gets what its other addresses answer",
        ["api/v1/cases/{id:guid}/documents/{nr:int}/proof"] = "as api/v1/records/{id}/proof: binds what the reader may read to a checkpoint that vouches for every event",
        ["api/v1/disclosures/{id:guid}/decision/proof"] = "as api/v1/records/{id}/proof; who may not know of all that the decision is about gets what there is no decision in",
        ["api/v1/disclosures/{id:guid}/receipt/proof"] = "as api/v1/disclosures/{id}/decision/proof",
        ["api/v1/disposals/{id:guid}/proof"] = "binds a run that the reader may see to a checkpoint that vouches for every event",
        ["bevis/loggen"] = "how many events the latest checkpoint vouches for; names no record",
        ["hjalp"] = "the handbook, which is of the program",
        ["hjalp/{kapitel}"] = "the handbook, which is of the program",
        ["hjalp/bilder/{namn}"] = "the handbook's pictures, which are of the program",
        ["bevis"] = "how many events the log has and its latest checkpoint; names no record",
        ["drift"] = "measures the machine: events, bytes, queues, for who runs the service; names no record",
        ["api/v1/reconciliation"] = "compares the counts of log and views, for who runs the service; names no record that the reader may not know of",
        ["kontroll/{id:guid?}"] = "an integrity check re-reads everything and says how much; names no record",
        ["api/v1/verification"] = "an integrity check re-reads everything and says how much; names no record",
        ["api/v1/verification/{id:guid}"] = "an integrity check re-reads everything and says how much; names no record",
        ["api/v1/webhooks/meta"] = "a platform's handshake: echoes what was sent, to who knows the verify token",
        ["api/v1/webhooks/x"] = "a platform's handshake: answers a challenge with the app's secret, and reads nothing",
        ["api/v1/webhooks/linkedin"] = "a platform's handshake: answers a challenge with the app's secret, and reads nothing",
        ["api/v1/webhooks/youtube"] = "a platform's handshake: echoes what was sent, for a channel in the register",
        ["api/v1/webhooks/{platform}"] = "names the platforms that there are webhooks for",
        ["openapi/{documentName}.json"] = "describes the service, not what it keeps",
        ["framsteg/{kind}/{id:guid}"] = "how far work that the reader has started or may see has come, in numbers; a stream that does not end by itself",
        ["flera/{id:guid?}"] = "what the reader has chosen in a list, with what each list shows; nobody has chosen anything here",
        ["api/v1/bulk/{id:guid}"] = "as flera/{id}",
        ["logga-in"] = "knows nothing of the archive; a time-limited antiforgery cookie is all it sets",
        ["logga-ut"] = "knows nothing of the archive",
        ["logga-in/oidc"] = "knows nothing of the archive",
        ["stil"] = "the style sheet's examples, without data",
        ["min-logg"] = "the reader's own searches, in the order this test happened to make them",
        ["api/v1/audit"] = Audited,
        ["api/v1/audit.csv"] = Audited,
        ["granskning/logg"] = Audited,
        ["granskning/logg.csv"] = Audited,
        ["api/v1/authorities/{code}/outgoing"] = "gives every change a place without gaps, so that a receiving diary can tell that it has all: that a withheld entry was corrected shows there, not what",
        ["api/v1/channels/{id:guid}/warc"] = "a file with ids and times of its own making, only to who is cleared for all of the channel; whoever is not is refused, whatever it holds",
        ["api/v1/replay/accounts/{id:guid}/export"] = Proven,
        ["api/v1/replay/channels/{id:guid}/export"] = Proven,
        ["api/v1/replay/records/{id:guid}/export"] = Proven,
        ["api/v1/replay/persons/{id:guid}/export"] = Proven,
        ["api/v1/replay/accounts/{id:guid}/export.pdf"] = Printed,
        ["api/v1/replay/channels/{id:guid}/export.pdf"] = Printed,
        ["api/v1/replay/records/{id:guid}/export.pdf"] = Printed,
        ["api/v1/replay/persons/{id:guid}/export.pdf"] = Printed,
        ["api/v1/cases/{id:guid}/file.pdf"] = Printed,
        ["arenden/{id:guid}/akt.pdf"] = Printed,
        ["myndigheter/{code}/arkivbeskrivning.pdf"] = Printed,
        ["diarium/postlista.pdf"] = Printed,
        ["public/diary.pdf"] = Printed,
        ["api/v1/disposals/{id:guid}/certificate.pdf"] = Printed,
        ["api/v1/disclosures/{id:guid}/copy.pdf"] = Printed,
        ["utlamnanden/{id:guid}/kopia.pdf"] = Printed,
        ["api/v1/disclosures/{id:guid}/decision.pdf"] = Printed,
        ["utlamnanden/{id:guid}/beslut.pdf"] = Printed,
        ["api/v1/disclosures/{id:guid}/receipt.pdf"] = Printed,
        ["utlamnanden/{id:guid}/kvitto.pdf"] = Printed,
    };

    private const string Audited =
        "ids and instants of events that each archive makes for itself, this test's own questions among them; what is held or preserved behind a wall is left out for whoever may not know of it, which a test of its own shows";

    private const string Proven =
        "proves where in the signed log each event stands: places and hashes that every event changes, secret ones too; what is shown is the state and the time line beside it, which are compared";

    private const string Printed = "a browser prints it and writes the second into it, a second for each; made of the same rows, read the same way, as the page beside it, which is compared";

    /// <summary>What stands for an id, by how the address begins.</summary>
    private static readonly (string Start, string Kind)[] IdsOf =
    [
        ("api/v1/records/", "records"), ("handlingar/", "records"), ("api/v1/accounts/", "accounts"), ("konton/", "accounts"), ("api/v1/cases/", "cases"), ("arenden/", "cases"),
        ("api/v1/replay/accounts/", "accounts"), ("api/v1/replay/channels/", "channels"), ("api/v1/replay/records/", "records"), ("api/v1/replay/persons/", "persons"),
        ("granskning/konto/", "accounts"), ("granskning/kanal/", "channels"), ("granskning/handling/", "records"), ("granskning/person/", "persons"),
        ("sok/sparad/", "records"), ("api/v1/channels/", "channels"), ("kanaler/", "channels"), ("api/v1/sources/", "channels"), ("kallor/", "channels"), ("api/v1/consents/", "consents"), ("samtycken/", "consents"), ("api/v1/disposals/", "runs"), ("gallring/", "runs"),
        ("api/v1/persons/", "persons"), ("anvandare/", "persons"), ("insamling/", "deliveries"), ("api/v1/deliveries/", "deliveries"), ("import/", "deliveries"), ("api/v1/imports/", "deliveries"), ("api/v1/thread-assessments/", "assessments"), ("api/v1/authorities/", "authorities"),
        ("myndigheter/", "authorities"), ("public/authorities/", "authorities"), ("offentligt/myndigheter/", "authorities"), ("api/v1/diary/", "numbers"),
        ("api/v1/disclosures/", "requests"), ("utlamnanden/", "requests"), ("api/v1/data-subject-requests/", "subjects"), ("registerutdrag/", "subjects"), ("public/requests/", "references"), ("offentligt/begaran/", "references"),
    ];

    /// <summary>What a parameter is tried with. <c>#</c> before a word is a kind of id, of which the first two are tried.</summary>
    private static readonly Dictionary<string, string[]> Values = new(StringComparer.OrdinalIgnoreCase)
    {
        ["plattform"] = ["meta"],
        ["lage"] = ["dead", "oppna", "pa-vag", "forsenade"],
        ["lista"] = [.. ArchiveService.Features.Start.DueLists.All.Select(l => l.Key)],
        ["sida"] = ["2"],
        ["hinder"] = ["channel-unknown"],
        ["problem"] = ["channel-unknown"],
        ["visa"] = ["tidpunkt", "jamfor", "kunskap"],
        ["actor"] = ["#persons"],
        ["case"] = ["#cases"],
        ["record"] = ["#records"],
        ["moderation"] = ["true"],
        ["q"] = [TwinArchives.SecretWord, "väg", "Hemliga", "Nils"],
        ["sender"] = ["Hemliga", "Nils"],
        ["dnr"] = ["#numbers"],
        ["account"] = ["#accounts"],
        ["person"] = ["#persons"],
        ["channel"] = ["#channels"],
        ["kanal"] = ["#channels"],
        ["authority"] = ["KS"],
        ["myndighet"] = ["KS"],
        ["limit"] = ["1"],
        ["sort"] = ["oldest", "sender"],
        ["state"] = ["hidden", "overdue", "restored"],
        ["registration"] = ["captured", "registered"],
        ["kind"] = ["dm", "comment"],
        ["platform"] = ["facebook"],
        ["direction"] = ["received", "drawnUp"],
        ["ground"] = ["SECRECY"],
        ["secrecy"] = ["true", "unassessed"],
        ["hasAttachment"] = ["true"],
        ["from"] = ["2026-11-18"],
        ["to"] = ["2026-11-19"],
        ["at"] = ["2026-11-26T00:00:00Z"],
        ["knownAt"] = ["2026-11-27T00:00:00Z"],
        ["part"] = ["controller"],
        ["knownFrom"] = ["2026-11-01T00:00:00Z"],
        ["year"] = ["2026"],
        ["month"] = ["2026-11"],
        ["day"] = ["2026-11-18"],
        ["days"] = ["1"],
        ["on"] = ["2026-11-18"],
        ["order"] = ["00000000-0000-0000-0000-000000000000"],
        ["occasion"] = ["closing"],
        ["by"] = ["2027-06-01"],
        ["all"] = ["true"],
        ["since"] = ["2026-01-01"],
        ["due"] = ["2035-01-01"],
        ["rule"] = ["00000000-0000-0000-0000-000000000000"],
        ["unit"] = ["Gatukontoret"],
        ["omfattar"] = ["record"],
        ["act"] = ["hide"],
        ["function"] = ["respond"],
        ["active"] = ["true"],
        ["open"] = ["true"],
        ["lifted"] = ["true"],
        ["secret"] = ["separate"],
        ["number"] = ["#numbers"],
        ["nummer"] = ["#numbers"],
        ["terminal"] = ["true"],
        ["counts"] = ["true"],
        ["period"] = ["all", "week"],
        ["date"] = ["2026-11-18"],
        ["nr"] = ["1", "2"],
        ["version"] = ["1"],
    };

    /// <summary>Parameters that lead nowhere near a record, or that are followed where an answer gives them.</summary>
    private static readonly HashSet<string> Elsewhere = new(StringComparer.OrdinalIgnoreCase) { "cursor", "after", "handler", "page", "id", "returnUrl", "andra", "serie", "skillnader", "ram", "steg", "nod", "korning", "saved", "beyond" };

    /// <summary>Parameters of endpoints that read the query themselves.</summary>
    private static readonly Dictionary<string, string[]> ReadByItself = new(StringComparer.Ordinal)
    {
        ["api/v1/records"] = ["q", "authority", "channel", "platform", "kind", "direction", "sender", "from", "to", "state", "registration", "ground", "dnr", "hasAttachment", "secrecy", "account", "limit", "sort"],
        ["sok"] = ["q", "sender", "state", "sort", "dnr"],
        ["api/v1/diary"] = ["q", "authority", "from", "to", "limit"],
        ["diarium"] = ["q", "authority", "from", "to"],
        ["public/diary"] = ["q", "authority", "from", "to"],
        ["public/diary.json"] = ["q", "authority", "from", "to", "limit"],
        ["offentligt/diarium"] = ["q"],
        ["api/v1/accounts"] = ["q", "channel", "limit"],
        ["konton"] = ["q", "channel"],
        ["registerutdrag/{id:guid}"] = ["q"],
        ["konton/{id:guid}"] = ["at", "knownAt"],
        ["api/v1/accounts/{id:guid}/history"] = ["at", "knownAt"],
        ["api/v1/replay/accounts/{id:guid}/timeline"] = Line,
        ["api/v1/replay/channels/{id:guid}/timeline"] = Line,
        ["api/v1/replay/records/{id:guid}/timeline"] = Line,
        ["api/v1/replay/persons/{id:guid}/timeline"] = Line,
        ["api/v1/replay/accounts/{id:guid}/state"] = ["at", "knownAt"],
        ["api/v1/replay/channels/{id:guid}/state"] = ["at", "knownAt"],
        ["api/v1/replay/records/{id:guid}/state"] = ["at", "knownAt"],
        ["api/v1/replay/persons/{id:guid}/state"] = ["at", "knownAt"],
        ["api/v1/replay/accounts/{id:guid}/changes"] = ["from", "to", "knownAt", "knownFrom"],
        ["api/v1/replay/channels/{id:guid}/changes"] = ["from", "to", "knownAt", "knownFrom"],
        ["api/v1/replay/records/{id:guid}/changes"] = ["from", "to", "knownAt", "knownFrom"],
        ["api/v1/replay/persons/{id:guid}/changes"] = ["from", "to", "knownAt", "knownFrom"],
        ["granskning/konto/{id:guid}"] = ["visa", "from"],
        ["granskning/kanal/{id:guid}"] = ["visa", "from"],
        ["granskning/handling/{id:guid}"] = ["visa", "from"],
        ["granskning/person/{id:guid}"] = ["visa", "from"],
        ["granskning/lasningar"] = ["record", "case", "account", "person", "from"],
        ["granskning/ovanliga-lasningar"] = ["state"],
        ["api/v1/read-log"] = ["record", "case", "account", "person", "from"],
        ["api/v1/unusual-reads"] = ["state"],
        ["api/v1/queue"] = ["authority", "state", "channel", "limit"],
        ["arbetslista"] = ["state", "authority"],
        ["api/v1/removed"] = ["authority", "state", "ground", "from", "to", "act"],
        ["borttaget"] = ["authority", "state", "ground", "act"],
        ["borttaget.csv"] = ["authority"],
        ["public/takedowns"] = ["year"],
        ["public/takedowns.json"] = ["year", "authority"],
        ["gallring"] = ["due", "authority"],
        ["api/v1/retention/worklist"] = ["due"],
    };

    private static string[] Line => ["from", "to", "act", "actor", "moderation", "knownAt", "limit"];

    /// <summary>All addresses, and what is wrong with the tables.</summary>
    public static async Task<(IReadOnlyList<(string Route, string Address, bool OpenToEverybody)> Addresses, IReadOnlyList<string> Faults)> Of(TwinArchives twins)
    {
        var services = twins.One.Services;
        var addresses = new List<(string, string, bool)>();
        var faults = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var endpoint in services.GetRequiredService<IEnumerable<EndpointDataSource>>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>() is { HttpMethods: { Count: > 0 } methods } && !methods.Contains("GET")) continue;
            var route = endpoint.RoutePattern.RawText!.TrimStart('/');
            if (!seen.Add(route) || Excepted.ContainsKey(route) || route.StartsWith("evidence/", StringComparison.Ordinal)) continue;
            var open = endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null;
            if (Paths(endpoint.RoutePattern, route, twins) is not { } paths)
            {
                faults.Add($"{route}: nothing is known that stands for its id. Name it in {nameof(IdsOf)}, or except it with the reason.");
                continue;
            }

            addresses.AddRange(paths.Select(path => (route, path, open)));
            foreach (var name in (await Declared(endpoint, services)).Concat(ReadByItself.GetValueOrDefault(route) ?? []).Distinct(StringComparer.OrdinalIgnoreCase))
            {
                if (Elsewhere.Contains(name)) continue;
                if (!Values.TryGetValue(name, out var values))
                {
                    faults.Add($"{route}?{name}=: nothing is known that it is asked with. Name it in {nameof(Values)}.");
                    continue;
                }

                foreach (var value in values.SelectMany(v => v[0] == '#' ? twins.Ids[v[1..]].Take(2) : [v]))
                    addresses.Add((route, $"{paths[0]}?{name}={Uri.EscapeDataString(value)}", open));
            }
        }

        faults.AddRange(Excepted.Keys.Where(route => !seen.Contains(route)).Select(route => $"{route} is excepted and does not exist."));
        faults.AddRange(ReadByItself.Keys.Where(route => !seen.Contains(route)).Select(route => $"{route} stands in {nameof(ReadByItself)} and does not exist."));
        return (addresses, faults);
    }

    private static List<string>? Paths(RoutePattern pattern, string route, TwinArchives twins)
    {
        if (pattern.Parameters.Count == 0) return ["/" + route];
        if (route == "fel/{code:int}") return ["/fel/404"];
        if (route.Contains("/{attachment:guid}", StringComparison.Ordinal))
            return [.. twins.Files.Select(f => "/" + route.Replace("{id:guid}", f.Record.ToString(), StringComparison.Ordinal).Replace("{attachment:guid}", f.Attachment.ToString(), StringComparison.Ordinal))];

        // What was found for a request is numbered from 1.
        if (route.Contains("/{place:int}", StringComparison.Ordinal))
            return [.. twins.Ids["requests"].SelectMany(id => (int[])[1, 2, 3], (id, place) => "/" + route.Replace("{id:guid}", id, StringComparison.Ordinal).Replace("{place:int}", $"{place}", StringComparison.Ordinal))];
        if (pattern.Parameters.Count != 1 || IdsOf.FirstOrDefault(i => route.StartsWith(i.Start, StringComparison.Ordinal)) is not { Kind: { } kind }) return null;
        var parameter = "{" + route.Split('{')[1].Split('}')[0] + "}";

        // The pages of one act on a record all read it the same way: one of each kind is enough.
        var ids = twins.Ids[kind];
        if (route.StartsWith("handlingar/{id:guid}/", StringComparison.Ordinal)) ids = [ids[0], .. ids.TakeLast(2)];
        return [.. ids.Select(id => "/" + route.Replace(parameter, Uri.EscapeDataString(id), StringComparison.Ordinal))];
    }

    private static readonly HashSet<Type> Plain =
        [typeof(string), typeof(int), typeof(long), typeof(bool), typeof(Guid), typeof(DateOnly), typeof(DateTimeOffset), typeof(string[]), typeof(Guid[])];

    /// <summary>The parameters that an endpoint says it takes in the query.</summary>
    private static async Task<IReadOnlyList<string>> Declared(RouteEndpoint endpoint, IServiceProvider services)
    {
        var inRoute = endpoint.RoutePattern.Parameters.Select(p => p.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        IEnumerable<string> Of(MethodInfo method) => method.GetParameters()
            .Where(p => Plain.Contains(Nullable.GetUnderlyingType(p.ParameterType) ?? p.ParameterType) && !p.GetCustomAttributes().Any(a => a is FromHeaderAttribute))
            .Select(p => p.GetCustomAttribute<FromQueryAttribute>()?.Name ?? p.Name!);
        if (endpoint.Metadata.GetMetadata<PageActionDescriptor>() is { } page)
        {
            var compiled = await services.GetRequiredService<PageLoader>().LoadAsync(page, new EndpointMetadataCollection(endpoint.Metadata));
            var bound = compiled.HandlerTypeInfo.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Select(p => (p.Name, Bind: p.GetCustomAttribute<BindPropertyAttribute>())).Where(p => p.Bind is { SupportsGet: true }).Select(p => p.Bind!.Name ?? p.Name);
            return [.. bound.Concat(compiled.HandlerMethods.Where(h => h.HttpMethod == "Get").SelectMany(h => Of(h.MethodInfo))).Where(name => !inRoute.Contains(name))];
        }

        return endpoint.Metadata.GetMetadata<MethodInfo>() is { } handler ? [.. Of(handler).Where(name => !inRoute.Contains(name))] : [];
    }
}
