using ArchiveService.Http;

namespace ArchiveService.Access.Oidc;

/// <summary>Why a log-in at the identity provider came to nothing: a code for whoever runs the service, a sentence for whoever tried. Nothing of what was sent.</summary>
internal static class OidcRefusals
{
    private const string Again = "Försök logga in igen. Händer det en gång till: säg till den som sköter tjänsten, med koden.";

    private const string Wrong = "Inloggningen avbröts, och ingen är inloggad. Säg till den som sköter tjänsten, med koden.";

    public static Refusal State { get; } = Refusal.Input("oidc-state", $"Svaret från inloggningen hör inte till något försök i den här webbläsaren. {Again}");

    public static Refusal TooLate { get; } = Refusal.Input("oidc-too-late", "Inloggningen tog längre tid än tio minuter. Börja om.");

    public static Refusal Denied { get; } = new("oidc-denied", "Inloggningen avbröts eller nekades hos organisationens inloggning.", StatusCodes.Status403Forbidden);

    public static Refusal ProviderError { get; } = new("oidc-provider-error", $"Organisationens inloggning svarade med ett fel. {Again}", StatusCodes.Status502BadGateway);

    public static Refusal Unavailable { get; } = new("oidc-unavailable", "Organisationens inloggning går inte att nå just nu. Försök igen om en stund, och säg till den som sköter tjänsten om det dröjer.", StatusCodes.Status503ServiceUnavailable);

    public static Refusal NoCode { get; } = Refusal.Input("oidc-code-missing", $"Svaret från inloggningen saknar kod. {Again}");

    public static Refusal CodeRefused { get; } = new("oidc-code-refused", $"Koden från inloggningen är redan använd eller gäller inte längre. {Again}", StatusCodes.Status403Forbidden);

    public static Refusal ClientRefused { get; } = new("oidc-client-refused", $"Organisationens inloggning godtar inte tjänsten själv: klient-id eller hemlighet är fel. {Wrong}", StatusCodes.Status502BadGateway);

    public static Refusal Unreadable { get; } = Token("oidc-token-unreadable", "Intyget från inloggningen går inte att läsa.");

    public static Refusal Algorithm { get; } = Token("oidc-algorithm", "Intyget från inloggningen är inte signerat på ett sätt som godtas.");

    public static Refusal Key { get; } = Token("oidc-key-unknown", "Intyget från inloggningen är signerat med en nyckel som inloggningen inte har publicerat.");

    public static Refusal Signature { get; } = Token("oidc-signature", "Signaturen på intyget från inloggningen stämmer inte.");

    public static Refusal Issuer { get; } = Token("oidc-issuer", "Intyget kommer från en annan inloggning än den som är inställd.");

    public static Refusal Audience { get; } = Token("oidc-audience", "Intyget från inloggningen är utfärdat för en annan tjänst.");

    public static Refusal Expired { get; } = Token("oidc-expired", "Intyget från inloggningen gäller inte längre, eller gäller inte än. Går klockorna rätt?");

    public static Refusal Nonce { get; } = Token("oidc-nonce", "Intyget från inloggningen hör till ett annat försök än det här.");

    public static Refusal AccessToken { get; } = Token("oidc-at-hash", "Intyget från inloggningen hör inte ihop med det övriga svaret.");

    public static Refusal NoLogOut { get; } = Refusal.Input("oidc-no-logout", "Det som skickades är inget intyg om utloggning.");

    public static Refusal NoRole { get; } = new(
        "oidc-no-role", "Du är inloggad hos organisationen, men har ingen roll i den här tjänsten. Be din chef eller den som sköter behörigheter om en roll.", StatusCodes.Status403Forbidden);

    public static Refusal NoName { get; } = Token("oidc-no-name", "Intyget från inloggningen säger inte vad du heter, och utan namn kan ingen se vem som har gjort vad.");

    public static Refusal Closed { get; } = new("oidc-person-closed", "Din användare är avslutad i den här tjänsten. Be en administratör öppna den igen.", StatusCodes.Status403Forbidden);

    private static Refusal Token(string code, string what) => new(code, $"{what} {Wrong}", StatusCodes.Status403Forbidden);
}
