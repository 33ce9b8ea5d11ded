using System.Security.Cryptography;
using System.Text;

namespace ArchiveService.Capture.Meta;

/// <summary>The question Meta asks before it sends deliveries: <c>GET ?hub.mode=subscribe&amp;hub.challenge=…&amp;hub.verify_token=…</c>.</summary>
public static class MetaHandshake
{
    private const int MaxChallengeChars = 256;

    /// <summary>
    /// What to answer as <c>text/plain</c> with 200, or null: answer 403. The token is compared in constant time, and a
    /// challenge that is not plain letters, digits and marks is not repeated.
    /// </summary>
    public static string? Answer(string? mode, string? verifyToken, string? challenge, string expectedToken)
    {
        if (mode != "subscribe" || string.IsNullOrEmpty(expectedToken) || string.IsNullOrEmpty(verifyToken)) return null;
        if (string.IsNullOrEmpty(challenge) || challenge.Length > MaxChallengeChars || !challenge.All(IsPlain)) return null;
        return CryptographicOperations.FixedTimeEquals(Hash(verifyToken), Hash(expectedToken)) ? challenge : null;
    }

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '~' or '=' or '+' or '/';

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
