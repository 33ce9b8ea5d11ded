using System.Security.Claims;
using ArchiveService.Features.Audit;
using ArchiveService.Hosting;
using ArchiveService.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace ArchiveService.Access;

/// <summary>Log-ins of browsers. The cookie carries a random secret and nothing about the person; the row it leads to ends with the log-out.</summary>
public sealed class Sessions(Databases databases, TimeProvider clock, LogInNotes notes)
{
    public static readonly TimeSpan Idle = TimeSpan.FromHours(8);
    public static readonly TimeSpan AtMost = TimeSpan.FromHours(24);

    internal const string Claim = "archive:session";

    public async Task Start(HttpContext http, Guid person, CancellationToken ct)
    {
        await End(http, ct);
        await notes.LoggedIn(person, ct);
        var secret = Secrets.NewSession();
        var now = clock.GetUtcNow();
        await using (var insert = databases.Writer.CreateCommand("""
            with over as (delete from work.sessions where ends_at < $3)
            insert into work.sessions (session_hash, person_id, started_at, ends_at) values ($1, $2, $3, $4)
            """))
        {
            insert.Parameters.Add(new() { Value = Secrets.HashOf(secret) });
            insert.Parameters.Add(new() { Value = person });
            insert.Parameters.Add(new() { Value = now });
            insert.Parameters.Add(new() { Value = now + AtMost });
            await insert.ExecuteNonQueryAsync(ct);
        }

        await http.SignInAsync(Schemes.Cookie, new(new ClaimsIdentity([new(Claim, secret)], Schemes.Cookie)));
    }

    public async Task End(HttpContext http, CancellationToken ct)
    {
        // The principal of a request has been replaced by the person's; the secret stands in the cookie's own ticket.
        if ((string?)http.Items[Claim] is not { } secret) return;
        await using (var delete = databases.Writer.CreateCommand("delete from work.sessions where session_hash = $1 returning person_id"))
        {
            delete.Parameters.Add(new() { Value = Secrets.HashOf(secret) });
            if (await delete.ExecuteScalarAsync(ct) is Guid person) await notes.LoggedOut(person, ct);
        }

        await http.SignOutAsync(Schemes.Cookie);
    }

    /// <summary>At every request: is the session still there, the person still open, and what may he or she do now?</summary>
    public static async Task Validate(CookieValidatePrincipalContext context)
    {
        var http = context.HttpContext;
        var principals = http.RequestServices.GetRequiredService<Principals>();
        if (http.RequestServices.GetRequiredService<LocalAccounts>().RefusedFor(http) is null
            && context.Principal?.FindFirst(Claim)?.Value is { } secret
            && await principals.OfSession(Secrets.HashOf(secret), http.RequestAborted) is { } person)
        {
            http.Items[Claim] = secret;
            context.ReplacePrincipal(person);
            return;
        }

        context.RejectPrincipal();
        await http.SignOutAsync(Schemes.Cookie);
    }

    public static Task ToLogIn(RedirectContext<CookieAuthenticationOptions> context)
    {
        var http = context.HttpContext;
        if (IsPage(http.Request.Path))
        {
            // A fragment fetched by htmx must not be filled with the log-in page.
            if (http.Request.Headers.ContainsKey("HX-Request"))
            {
                http.Response.Headers["HX-Redirect"] = "/logga-in";
                http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            }
            else
            {
                http.Response.Redirect(context.RedirectUri);
            }

            return Task.CompletedTask;
        }

        http.Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.Refused(TokenAuthentication.NotLoggedIn).ExecuteAsync(http);
    }

    public static Task ToRefusal(RedirectContext<CookieAuthenticationOptions> context)
    {
        var http = context.HttpContext;
        if (!IsPage(http.Request.Path)) return Problems.Refused(TokenAuthentication.NotAllowed).ExecuteAsync(http);
        http.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    private static readonly string[] ForPrograms = ["/api", "/evidence", "/webhooks", "/metrics", "/openapi", "/health", "/problems"];

    public static bool IsPage(PathString path) => !ForPrograms.Any(start => path.StartsWithSegments(start, StringComparison.OrdinalIgnoreCase));
}
