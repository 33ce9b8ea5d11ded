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

    public Task Start(HttpContext http, Guid person, CancellationToken ct) => Start(http, person, null, null, ct);

    /// <param name="http">Whose browser is given the cookie.</param>
    /// <param name="person">Who has logged in.</param>
    /// <param name="providerPerson">Who that is at the identity provider, as a digest; null for a local account.</param>
    /// <param name="providerSession">Which session there, as a digest, when the provider tells it.</param>
    /// <param name="ct">Cancels before anything is written.</param>
    public async Task Start(HttpContext http, Guid person, byte[]? providerPerson, byte[]? providerSession, CancellationToken ct)
    {
        await End(http, ct);
        await notes.LoggedIn(person, ct);
        var secret = Secrets.NewSession();
        var now = clock.GetUtcNow();
        await using (var insert = databases.Writer.CreateCommand("""
            with over as (delete from work.sessions where ends_at < $3)
            insert into work.sessions (session_hash, person_id, started_at, ends_at, provider_person, provider_session) values ($1, $2, $3, $4, $5, $6)
            """))
        {
            insert.Parameters.Add(new() { Value = Secrets.HashOf(secret) });
            insert.Parameters.Add(new() { Value = person });
            insert.Parameters.Add(new() { Value = now });
            insert.Parameters.Add(new() { Value = now + AtMost });
            insert.Parameters.Add(Bytes(providerPerson));
            insert.Parameters.Add(Bytes(providerSession));
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

    /// <summary>The provider says that a session, or everything of a subject, has ended there: it ends here too. Both given: that session of that subject.</summary>
    public async Task<int> EndProviders(byte[]? providerPerson, byte[]? providerSession, CancellationToken ct)
    {
        if (providerPerson is null && providerSession is null) return 0;
        await using var delete = databases.Writer.CreateCommand("""
            delete from work.sessions
            where provider_person is not null and ($1::bytea is null or provider_person = $1) and ($2::bytea is null or provider_session = $2)
            returning person_id
            """);
        delete.Parameters.Add(Bytes(providerPerson));
        delete.Parameters.Add(Bytes(providerSession));
        var ended = new List<Guid>();
        await using (var rows = await delete.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct)) ended.Add(rows.GetGuid(0));
        }

        foreach (var person in ended) await notes.LoggedOut(person, ct);
        return ended.Count;
    }

    /// <summary>At every request: is the session still there, the person still open, and what may he or she do now?</summary>
    public static async Task Validate(CookieValidatePrincipalContext context)
    {
        var http = context.HttpContext;
        var principals = http.RequestServices.GetRequiredService<Principals>();
        // Where an identity provider is configured only its log-ins count, and only local ones where there is none: a session left from before ends.
        var byProvider = http.RequestServices.GetService<Oidc.OidcOptions>() is not null;
        if ((byProvider || http.RequestServices.GetRequiredService<LocalAccounts>().RefusedFor(http) is null)
            && context.Principal?.FindFirst(Claim)?.Value is { } secret
            && await principals.OfSession(Secrets.HashOf(secret), byProvider, http.RequestAborted) is { } person)
        {
            http.Items[Claim] = secret;
            context.ReplacePrincipal(person);
            return;
        }

        context.RejectPrincipal();
        await http.SignOutAsync(Schemes.Cookie);
    }

    public static async Task ToLogIn(RedirectContext<CookieAuthenticationOptions> context)
    {
        var http = context.HttpContext;
        if (IsPage(http.Request.Path))
        {
            // What was typed into a form is not lost with the log-in: the page shows it again after the next one.
            var kept = await http.RequestServices.GetRequiredService<Features.FormDrafts.KeptForms>().Keep(http, http.RequestAborted);
            var logIn = kept is null ? null : "/logga-in" + QueryString.Create("returnUrl", kept.Address);
            // A fragment fetched by htmx must not be filled with the log-in page.
            if (http.Request.Headers.ContainsKey("HX-Request"))
            {
                http.Response.Headers["HX-Redirect"] = logIn ?? "/logga-in";
                http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            }
            else
            {
                http.Response.Redirect(logIn ?? context.RedirectUri);
            }

            return;
        }

        http.Response.Headers.WWWAuthenticate = "Bearer";
        await Problems.Refused(TokenAuthentication.NotLoggedIn).ExecuteAsync(http);
    }

    public static Task ToRefusal(RedirectContext<CookieAuthenticationOptions> context)
    {
        var http = context.HttpContext;
        if (!IsPage(http.Request.Path)) return Problems.Refused(TokenAuthentication.NotAllowed).ExecuteAsync(http);
        http.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    private static Npgsql.NpgsqlParameter Bytes(byte[]? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bytea };

    private static readonly string[] ForPrograms = ["/api", "/evidence", "/webhooks", "/metrics", "/openapi", "/health", "/problems"];

    public static bool IsPage(PathString path) => !ForPrograms.Any(start => path.StartsWithSegments(start, StringComparison.OrdinalIgnoreCase));
}
