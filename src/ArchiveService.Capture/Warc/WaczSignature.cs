using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace ArchiveService.Capture.Warc;

/// <summary>
/// A package's signature (WACZ Auth 0.1.0): over the text of the hash, by a bare key or by the certificate of a domain. What can be checked without asking anybody is checked; what
/// cannot is said: whether a root is to be trusted, whether the certificate was revoked, and the time stamp.
/// </summary>
internal static class WaczSignature
{
    public static void Check(JsonElement signed, string packageHash, List<string> statements, Action<string, string> error)
    {
        var hash = WaczReader.Text(signed, "hash");
        if (hash != packageHash)
        {
            error(WaczCodes.Signature, "What was signed is not the hash of this package.");
            return;
        }

        byte[] signature;
        try
        {
            signature = Convert.FromBase64String(WaczReader.Text(signed, "signature") ?? "");
        }
        catch (FormatException)
        {
            signature = [];
        }

        if (signature.Length == 0)
        {
            error(WaczCodes.Signature, "There is no signature that can be read.");
            return;
        }

        try
        {
            if (WaczReader.Text(signed, "domainCert") is { } pem) ByDomain(signed, pem, hash, signature, statements, error);
            else if (WaczReader.Text(signed, "publicKey") is { } key) ByKey(key, hash, signature, statements, error);
            else error(WaczCodes.Signature, "There is neither a key nor a certificate to check the signature with.");
        }
        catch (Exception problem) when (problem is CryptographicException or FormatException or ArgumentException)
        {
            error(WaczCodes.Signature, "The key or the certificate cannot be read.");
        }

        if (WaczReader.Text(signed, "timeSignature") is not null) statements.Add("The time stamp of the signature was not checked: when it was signed is what the package itself says.");
    }

    private static void ByKey(string key, string hash, byte[] signature, List<string> statements, Action<string, string> error)
    {
        using var ecdsa = ECDsa.Create();
        ecdsa.ImportSubjectPublicKeyInfo(Convert.FromBase64String(key), out _);
        if (Holds(ecdsa, hash, signature)) statements.Add("The signature holds for a bare key: who has that key is not known.");
        else error(WaczCodes.Signature, "The signature does not hold.");
    }

    private static void ByDomain(JsonElement signed, string pem, string hash, byte[] signature, List<string> statements, Action<string, string> error)
    {
        using var certificate = X509Certificate2.CreateFromPem(pem);
        using var ecdsa = certificate.GetECDsaPublicKey();
        if (ecdsa is null)
        {
            error(WaczCodes.Signature, "The certificate has no key of the sort that signs packages.");
            return;
        }

        if (!Holds(ecdsa, hash, signature))
        {
            error(WaczCodes.Signature, "The signature does not hold.");
            return;
        }

        statements.Add("The signature holds for the key of the certificate in the package.");
        var domain = WaczReader.Text(signed, "domain") ?? "";
        if (!certificate.MatchesHostname(domain, allowWildcards: false)) error(WaczCodes.Signature, "The certificate is not that of the domain that the package says signed it.");
        var when = WaczReader.Text(signed, "created");
        if (!DateTimeOffset.TryParse(when, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) || at < new DateTimeOffset(certificate.NotBefore) || at > new DateTimeOffset(certificate.NotAfter))
        {
            error(WaczCodes.Signature, "The certificate did not hold at the time that the package says it was signed.");
        }

        if (certificate.Issuer.Contains("STAGING", StringComparison.OrdinalIgnoreCase)) error(WaczCodes.Signature, "The certificate was issued by a certification authority for tests: it vouches for nothing.");
        else statements.Add("Whether the certificate leads to a trusted root, and whether it was revoked, was not checked.");
    }

    private static bool Holds(ECDsa key, string hash, byte[] signature)
    {
        var text = Encoding.ASCII.GetBytes(hash);
        var algorithm = key.KeySize >= 384 ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256;
        return key.VerifyData(text, signature, algorithm, DSASignatureFormat.Rfc3279DerSequence)
            || key.VerifyData(text, signature, algorithm, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
            || key.VerifyData(text, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
            || key.VerifyData(text, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }
}
