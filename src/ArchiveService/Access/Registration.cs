using ArchiveService.Access.Oidc;
using ArchiveService.Features.Persons;
using ArchiveService.Hosting;
using ArchiveService.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;

namespace ArchiveService.Access;

public static class Registration
{
    public static WebApplicationBuilder AddAccess(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        var configured = builder.Configuration.GetValue<bool?>("Access:LocalAccounts");
        // The trial mode is the embedded one. The setting is for tests, which serve from a database of their own.
        var trial = configured ?? ArchiveConnections.From(builder.Configuration) is null;
        var oidc = OidcOptions.From(builder.Configuration);
        services.AddSingleton(new LocalAccounts(trial && oidc is null)).AddSingleton(new SeparateDuties(!trial)).AddOidc(oidc);
        services.AddSingleton<Principals>().AddSingleton<Sessions>().AddSingleton<IdempotencyRows>();
        services.AddSingleton<PersonRegister>().AddSingleton<PersonList>().AddSingleton<RoleWords>().AddSingleton<LogIns>();
        services.AddSingleton<PersonNames>().AddHostedService(provided => provided.GetRequiredService<PersonNames>());
        services.AddSingleton<FirstPassword>();
        services.AddSingleton<FirstLogin>().AddHostedService(provided => provided.GetRequiredService<FirstLogin>());
        services.AddSingleton<WhoCanLogIn>(provided => provided.GetRequiredService<FirstLogin>().WhoCanLogIn);

        services.AddDataProtection().SetApplicationName("ArchiveService");
        services.AddSingleton<WebKeys>().AddSingleton<IConfigureOptions<KeyManagementOptions>, WebKeys.Options>();
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = Proxies.ServesTls(builder.Configuration) ? "__Host-archive-form" : "archive-form";
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            options.SuppressXFrameOptionsHeader = true;
        });

        services.AddAuthentication(Schemes.Either)
            .AddPolicyScheme(Schemes.Either, null, options =>
                options.ForwardDefaultSelector = http => http.Request.Headers.ContainsKey("Authorization") ? Schemes.Token : Schemes.Cookie)
            .AddScheme<AuthenticationSchemeOptions, TokenAuthentication>(Schemes.Token, null)
            .AddCookie(Schemes.Cookie, Cookie);

        // Deny by default: what is open to everybody says so itself (AllowAnonymous), what is open to connectors too.
        var known = new AuthorizationPolicyBuilder().RequireAuthenticatedUser().AddRequirements(new ConnectorLimit()).Build();
        services.AddAuthorizationBuilder().SetDefaultPolicy(known).SetFallbackPolicy(known);
        services.AddSingleton<IAuthorizationHandler, ConnectorLimit>();
        return builder;
    }

    /// <summary>After routing and static files, before the endpoints.</summary>
    public static WebApplication UseAccess(this WebApplication app)
    {
        app.UseAuthentication();
        app.UseMiddleware<RequestLimits.ByPerson>();
        app.UseAuthorization();
        app.UseMiddleware<FormTokens>();
        app.UseMiddleware<IdempotencyKey>();
        return app;
    }

    private static void Cookie(CookieAuthenticationOptions options)
    {
        options.Cookie.Name = "archive-session";
        options.CookieManager = new HostCookies();
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.ExpireTimeSpan = Sessions.Idle;
        options.SlidingExpiration = true;
        options.LoginPath = "/logga-in";
        options.ReturnUrlParameter = "returnUrl";
        options.Events = new()
        {
            OnValidatePrincipal = Sessions.Validate,
            OnRedirectToLogin = Sessions.ToLogIn,
            OnRedirectToAccessDenied = Sessions.ToRefusal,
        };
    }
}

public static class CallerOfRequest
{
    /// <summary>Who asks. Only where the endpoint is not open to everybody.</summary>
    public static Caller Caller(this HttpContext http) =>
        http.CallerOrNull() ?? throw new InvalidOperationException($"Nobody is logged in at {http.Request.Path}; the endpoint must not be open to everybody.");

    /// <summary>Who asks, or null for somebody who is not logged in.</summary>
    public static Caller? CallerOrNull(this HttpContext http) => Access.Caller.From(http.User) is { } caller ? caller with { ReadReason = ReadPurpose.Of(http, caller.PersonId) } : null;
}
