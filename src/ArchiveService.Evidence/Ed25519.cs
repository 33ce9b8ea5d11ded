using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ArchiveService.Evidence;

/// <summary>Ed25519 (RFC 8032) by the system's libcrypto (OpenSSL 1.1.1 or newer): .NET has none of its own.</summary>
public static class Ed25519
{
    /// <summary>Bytes of a private key (the seed of RFC 8032) and of a public key.</summary>
    public const int KeySize = 32;

    /// <summary>Bytes of a signature.</summary>
    public const int SignatureSize = 64;

    private const string Library = "archiveservice-libcrypto";
    private const int Kind = 1087;

    private static readonly string[] Names = OperatingSystem.IsWindows() ? ["libcrypto-3-x64.dll", "libcrypto-1_1-x64.dll"]
        : OperatingSystem.IsMacOS() ? ["libcrypto.3.dylib", "libcrypto.dylib"]
        : ["libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.so"];

    static Ed25519() => NativeLibrary.SetDllImportResolver(typeof(Ed25519).Assembly, Resolve);

    /// <summary>The public key of a private one.</summary>
    /// <exception cref="ArgumentException">The key is not 32 bytes.</exception>
    /// <exception cref="DllNotFoundException">There is no libcrypto on this machine.</exception>
    public static byte[] PublicKey(ReadOnlySpan<byte> privateKey) => With(privateKey, Private, key =>
    {
        var bytes = new byte[KeySize];
        nuint length = KeySize;
        Must(EVP_PKEY_get_raw_public_key(key, bytes, ref length));
        return bytes;
    });

    /// <summary>Signs; the same key and message always give the same 64 bytes.</summary>
    /// <exception cref="ArgumentException">The key is not 32 bytes.</exception>
    public static byte[] Sign(ReadOnlySpan<byte> privateKey, byte[] message) => With(privateKey, Private, key =>
    {
        var context = Made(EVP_MD_CTX_new());
        try
        {
            var signature = new byte[SignatureSize];
            nuint length = SignatureSize;
            Must(EVP_DigestSignInit(context, 0, 0, 0, key));
            Must(EVP_DigestSign(context, signature, ref length, message, (nuint)message.Length));
            return signature;
        }
        finally
        {
            EVP_MD_CTX_free(context);
        }
    });

    /// <summary>Whether the signature is that of the key's owner on the message; false for a signature or a public key that is malformed.</summary>
    public static bool Verifies(ReadOnlySpan<byte> publicKey, byte[] message, ReadOnlySpan<byte> signature)
    {
        if (publicKey.Length != KeySize || signature.Length != SignatureSize) return false;
        var bytes = signature.ToArray();
        return With(publicKey, Public, key =>
        {
            var context = Made(EVP_MD_CTX_new());
            try
            {
                return EVP_DigestVerifyInit(context, 0, 0, 0, key) == 1
                    && EVP_DigestVerify(context, bytes, SignatureSize, message, (nuint)message.Length) == 1;
            }
            finally
            {
                EVP_MD_CTX_free(context);
            }
        });
    }

    private static T With<T>(ReadOnlySpan<byte> raw, Func<byte[], nint> open, Func<nint, T> use)
    {
        if (raw.Length != KeySize) throw new ArgumentException($"An Ed25519 key is {KeySize} bytes, not {raw.Length}.", nameof(raw));
        var bytes = raw.ToArray();
        var key = Made(open(bytes));
        CryptographicOperations.ZeroMemory(bytes);
        try
        {
            return use(key);
        }
        finally
        {
            EVP_PKEY_free(key);
        }
    }

    private static nint Private(byte[] raw) => EVP_PKEY_new_raw_private_key(Kind, 0, raw, KeySize);

    private static nint Public(byte[] raw) => EVP_PKEY_new_raw_public_key(Kind, 0, raw, KeySize);

    private static nint Made(nint pointer) => pointer != 0 ? pointer : throw new CryptographicException("libcrypto refused an Ed25519 key.");

    private static void Must(int answer)
    {
        if (answer != 1) throw new CryptographicException("libcrypto refused an Ed25519 operation.");
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (!string.Equals(name, Library, StringComparison.Ordinal)) return 0;
        foreach (var candidate in Names)
        {
            if (NativeLibrary.TryLoad(candidate, out var handle)) return handle;
        }

        throw new DllNotFoundException($"Signing needs OpenSSL's libcrypto ({string.Join(" or ", Names)}). Debian: apt-get install libssl3.");
    }

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint EVP_PKEY_new_raw_private_key(int type, nint engine, byte[] key, nuint length);

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint EVP_PKEY_new_raw_public_key(int type, nint engine, byte[] key, nuint length);

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int EVP_PKEY_get_raw_public_key(nint key, byte[] bytes, ref nuint length);

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void EVP_PKEY_free(nint key);

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint EVP_MD_CTX_new();

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void EVP_MD_CTX_free(nint context);

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int EVP_DigestSignInit(nint context, nint keyContext, nint digest, nint engine, nint key);

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int EVP_DigestSign(nint context, byte[] signature, ref nuint signatureLength, byte[] message, nuint length);

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int EVP_DigestVerifyInit(nint context, nint keyContext, nint digest, nint engine, nint key);

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int EVP_DigestVerify(nint context, byte[] signature, nuint signatureLength, byte[] message, nuint length);
}
