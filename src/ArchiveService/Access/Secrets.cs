using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace ArchiveService.Access;

/// <summary>Random secrets that are shown once and kept as a hash: API tokens and sessions.</summary>
public static class Secrets
{
    /// <summary>So that a token left in a file or a chat is recognised as one.</summary>
    public const string TokenPrefix = "ask_";

    public static string NewToken() => TokenPrefix + Random();

    public static string NewSession() => Random();

    public static byte[] HashOf(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    /// <summary>Enough to tell one's tokens apart, too little to be of use.</summary>
    public static string Hint(string token) => token[..(TokenPrefix.Length + 4)] + "…";

    private static string Random() => WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));
}
