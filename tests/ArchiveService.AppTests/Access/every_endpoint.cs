using System.Net;
using System.Text.RegularExpressions;
using ArchiveService.Testing;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.AccessTests;

/// <summary>Deny by default (architecture §11): a new endpoint that says nothing is closed, and one that opens itself has to stand in the list here.</summary>
public sealed partial class Every_endpoint : IAsyncLifetime
{
    private static readonly string[] OpenToEverybody =
        ["public", "offentligt", "health", "metrics", "logga-in", "logga-ut", "webhooks", "api/v1/webhooks", "fel", "stil", "tillganglighet", "evidence", "openapi", "problems"];

    private ServedArchive archive = null!;

    public async Task InitializeAsync() => archive = await ServedArchive.Start();

    public Task DisposeAsync() => archive.DisposeAsync().AsTask();

    private IEnumerable<RouteEndpoint> Endpoints => archive.Services.GetRequiredService<IEnumerable<EndpointDataSource>>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>();

    [Fact]
    [Trait("Requirement", "R-10")]
    public void that_is_open_to_everybody_is_meant_to_be()
    {
        var open = Endpoints.Where(e => e.Metadata.GetMetadata<IAllowAnonymous>() is not null).Select(e => e.RoutePattern.RawText!.TrimStart('/')).ToList();

        Assert.NotEmpty(open);
        Assert.All(open, path => Assert.Contains(OpenToEverybody, start => path == start || path.StartsWith(start + "/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task else_asks_who_is_there()
    {
        var program = archive.Program();
        var closed = Endpoints.Where(e => e.Metadata.GetMetadata<IAllowAnonymous>() is null).ToList();
        Assert.NotEmpty(closed);
        var wrong = new List<string>();
        foreach (var endpoint in closed)
        {
            var path = Address(endpoint.RoutePattern);
            foreach (var method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET", "POST"])
            {
                using var request = new HttpRequestMessage(new(method), new Uri(path, UriKind.Relative));
                var answer = await program.SendAsync(request);
                var asked = answer.StatusCode == HttpStatusCode.Unauthorized
                    || (answer.StatusCode == HttpStatusCode.Redirect && answer.Headers.Location!.AbsolutePath == "/logga-in" && !path.StartsWith("/api", StringComparison.Ordinal));
                if (!asked) wrong.Add($"{method} {path}: {(int)answer.StatusCode}");
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task that_does_not_exist_asks_too()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await archive.Program().GetAsync(new Uri("/api/v1/no-such-thing", UriKind.Relative))).StatusCode);
    }

    private static string Address(RoutePattern pattern) => "/" + string.Join('/', pattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
    {
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternSeparatorPart separator => separator.Content,
        RoutePatternParameterPart parameter => parameter.ParameterPolicies.Select(policy => policy.Content).FirstOrDefault() switch
        {
            "guid" => "0195aaaa-0000-7000-8000-000000000001",
            "int" or "long" => "1",
            _ => "x",
        },
        _ => "x",
    }))));
}
